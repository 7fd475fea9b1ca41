#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../include/ConvolutionFiles.h"

// Makes a call again for as long as a signal interrupts it.
#define UNINTERRUPTED(result, call) \
  do { (result) = (call); } while ((result) < 0 && errno == EINTR)

static int error_of(int result) { return result < 0 ? -errno : result; }

int convolution_open_file(const char *path, enum ConvolutionFileUse use) {
  static const int options[] = {[ConvolutionFileRead] = O_RDONLY | O_NONBLOCK,
                                [ConvolutionFileWrite] = O_WRONLY,
                                [ConvolutionFileCreate] = O_WRONLY | O_CREAT | O_EXCL};
  int file;
  UNINTERRUPTED(file, open(path, options[use] | O_CLOEXEC, 0666));
  return error_of(file);
}

void convolution_close_file(int file) { close(file); }

static int describe(int result, const struct stat *status, struct ConvolutionFileProperties *properties) {
  if (result < 0) return -errno;
  *properties = (struct ConvolutionFileProperties){
      .size = status->st_size, .permissions = status->st_mode & 0777, .isRegular = S_ISREG(status->st_mode)};
  return 0;
}

int convolution_file_properties(int file, struct ConvolutionFileProperties *properties) {
  struct stat status;
  return describe(fstat(file, &status), &status, properties);
}

int convolution_path_properties(const char *path, struct ConvolutionFileProperties *properties) {
  struct stat status;
  return describe(stat(path, &status), &status, properties);
}

int convolution_set_permissions(int file, uint32_t permissions) { return error_of(fchmod(file, (mode_t)permissions)); }

int convolution_map_file(int file, size_t byte_count, const void **bytes) {
  void *mapping = mmap(NULL, byte_count, PROT_READ, MAP_PRIVATE, file, 0);
  if (mapping == MAP_FAILED) return -errno;
  *bytes = mapping;
  return 0;
}

void convolution_unmap_file(const void *bytes, size_t byte_count) { munmap((void *)bytes, byte_count); }

ptrdiff_t convolution_write_file(int file, const void *bytes, size_t count) {
  ptrdiff_t written;
  UNINTERRUPTED(written, write(file, bytes, count));
  return written < 0 ? -errno : written;
}

int convolution_flush_file(int file) {
#ifdef F_FULLFSYNC
  if (fcntl(file, F_FULLFSYNC) == 0)
    return 0; // Darwin's fsync stops at the drive's cache; not every file system has this
#endif
  int result;
  UNINTERRUPTED(result, fsync(file));
  return error_of(result);
}

bool convolution_resolve_path(const char *path, char *resolved) {
  char *found = realpath(path, NULL);
  const size_t length = found ? strlen(found) : 0;
  const bool fits = found && length < ConvolutionLongestPath;
  if (fits) memcpy(resolved, found, length + 1);
  free(found);
  return fits;
}

int convolution_rename_file(const char *path, const char *newPath) { return error_of(rename(path, newPath)); }

void convolution_remove_file(const char *path) { unlink(path); }

const char *convolution_error_text(int code) { return strerror(code); }
