#ifndef CPNG_SHIM_H
#define CPNG_SHIM_H

#include <png.h>

// Macros that Swift cannot import.

static inline png_image cpng_image(void) {
  return (png_image){.version = PNG_IMAGE_VERSION};
}

static inline png_uint_32 cpng_format_rgb(void) {
  return PNG_FORMAT_RGB;
}

static inline int cpng_failed(const png_image *image) {
  return PNG_IMAGE_FAILED(*image);
}

#endif
