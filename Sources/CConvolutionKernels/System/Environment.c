#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../include/ConvolutionSystem.h"

bool convolution_environment(const char *name, char *value, size_t capacity) {
  const char *found = getenv(name);
  if (!found || capacity == 0) return false;
  size_t length = strnlen(found, capacity - 1);
  memcpy(value, found, length);
  value[length] = 0;
  return true;
}

ptrdiff_t convolution_read_file(const char *path, char *bytes, size_t capacity) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  size_t count = 0;
  while (count < capacity) {
    ssize_t read_now = read(file, bytes + count, capacity - count);
    if (read_now < 0 && errno == EINTR) continue;
    if (read_now < 0) {
      close(file);
      return -1;
    }
    if (read_now == 0) break;
    count += (size_t)read_now;
  }
  close(file);
  return (ptrdiff_t)count;
}

void convolution_write_error(const char *bytes, size_t count) {
  if (write(STDERR_FILENO, bytes, count) < 0) return; // there is nowhere to say so
}
