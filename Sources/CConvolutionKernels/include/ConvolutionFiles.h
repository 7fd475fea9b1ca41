#ifndef CONVOLUTION_FILES_H
#define CONVOLUTION_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Files (System/Files.c). What fails returns the system's error number with a minus; what a signal interrupts goes on.

enum ConvolutionFileUse {
  ConvolutionFileRead, // without waiting for whoever writes to a pipe
  ConvolutionFileWrite,
  ConvolutionFileCreate // to be written, where nothing stands at the path
};

struct ConvolutionFileProperties {
  int64_t size;
  uint32_t permissions;
  bool isRegular; // not a directory, a device or a pipe
};

/// Opens a file that a child by `exec` does not get.
int convolution_open_file(const char *path, enum ConvolutionFileUse use);
void convolution_close_file(int file);

int convolution_file_properties(int file, struct ConvolutionFileProperties *properties);
/// Of the file that a symbolic link leads to.
int convolution_path_properties(const char *path, struct ConvolutionFileProperties *properties);
int convolution_set_permissions(int file, uint32_t permissions);

/// The whole of a file, to be read; `byte_count` is its size, and not 0.
int convolution_map_file(int file, size_t byte_count, const void **bytes);
void convolution_unmap_file(const void *bytes, size_t byte_count);

/// Writes some of the bytes, and returns how many.
ptrdiff_t convolution_write_file(int file, const void *bytes, size_t count);
/// Returns when what was written is on disk.
int convolution_flush_file(int file);

/// As long as a path can be, with the NUL at its end.
enum { ConvolutionLongestPath = 4096 };
/// The path without symbolic links, in `ConvolutionLongestPath` bytes; false where there is none.
bool convolution_resolve_path(const char *path, char *resolved);
int convolution_rename_file(const char *path, const char *newPath);
void convolution_remove_file(const char *path);

/// The system's words for an error number without the minus.
const char *convolution_error_text(int code);

#endif
