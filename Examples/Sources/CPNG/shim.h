#ifndef CPNG_SHIM_H
#define CPNG_SHIM_H

#include <errno.h>
#include <png.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// libpng's simplified interface in functions that keep no pointer: Swift calls them with spans. Each returns 0, or -1 with
// the reason in `message`. Paths end in a zero, which is counted.
#define CPNG_BUFFER(count) __attribute__((__counted_by__(count))) __attribute__((noescape))

typedef struct {
  int64_t height, width;
} cpng_size;

static inline int cpng_fail(char *message, int messageCount, const char *reason) {
  snprintf(message, (size_t)messageCount, "%s", reason);
  return -1;
}

/// The size of the picture in a file; both numbers are -1 where there is none.
static inline cpng_size cpng_read_size(
    const char *CPNG_BUFFER(pathCount) path, int pathCount, char *CPNG_BUFFER(messageCount) message, int messageCount) {
  (void)pathCount;
  png_image image = {.version = PNG_IMAGE_VERSION};
  cpng_size size = {-1, -1};
  if (png_image_begin_read_from_file(&image, path)) {
    size = (cpng_size){image.height, image.width};
  } else {
    cpng_fail(message, messageCount, image.message);
  }
  png_image_free(&image);
  return size;
}

/// Reads red, green and blue of every pixel; what is transparent becomes white.
static inline int cpng_read(
    const char *CPNG_BUFFER(pathCount) path, int pathCount, uint8_t *CPNG_BUFFER(pixelCount) pixels, int pixelCount,
    char *CPNG_BUFFER(messageCount) message, int messageCount) {
  (void)pathCount;
  png_image image = {.version = PNG_IMAGE_VERSION};
  const png_color background = {255, 255, 255};
  int result = 0;
  if (!png_image_begin_read_from_file(&image, path)) {
    result = cpng_fail(message, messageCount, image.message);
  } else {
    image.format = PNG_FORMAT_RGB;
    if ((int64_t)PNG_IMAGE_SIZE(image) != pixelCount) {
      result = cpng_fail(message, messageCount, "changed while it was read");
    } else if (!png_image_finish_read(&image, &background, pixels, 0, NULL)) {
      result = cpng_fail(message, messageCount, image.message);
    }
  }
  png_image_free(&image);
  return result;
}

/// Writes red, green and blue of every pixel to a temporary file, which takes the place of a file at `path` when it is whole.
static inline int cpng_write(
    const char *CPNG_BUFFER(pathCount) path, int pathCount, const char *CPNG_BUFFER(temporaryCount) temporary,
    int temporaryCount, const uint8_t *CPNG_BUFFER(pixelCount) pixels, int pixelCount, cpng_size size,
    char *CPNG_BUFFER(messageCount) message, int messageCount) {
  (void)pathCount;
  (void)temporaryCount;
  png_image image = {.version = PNG_IMAGE_VERSION, .format = PNG_FORMAT_RGB};
  image.height = (png_uint_32)size.height;
  image.width = (png_uint_32)size.width;
  if ((int64_t)PNG_IMAGE_SIZE(image) != pixelCount) {
    return cpng_fail(message, messageCount, "another number of pixels");
  }
  // A rename would put a file in the place of a device.
  struct stat properties;
  if (stat(path, &properties) == 0 && !S_ISREG(properties.st_mode)) {
    return cpng_fail(message, messageCount, "Not a file");
  }
  // libpng removes what it could not write to the end.
  if (!png_image_write_to_file(&image, temporary, 0, pixels, 0, NULL)) {
    return cpng_fail(message, messageCount, image.message);
  }
  if (rename(temporary, path) != 0) {
    cpng_fail(message, messageCount, strerror(errno));
    unlink(temporary);
    return -1;
  }
  return 0;
}

#endif
