#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

// Reading compressed files without a pointer on Swift's side: a file is a number, 0 for none, and buffers are spans.
#define CZLIB_BUFFER(count) __attribute__((__counted_by__(count))) __attribute__((noescape))

/// Opens a file; `path` ends in a zero, which is counted. 0 where it cannot be opened, with the reason in `message`.
static inline uintptr_t czlib_open(
    const char *CZLIB_BUFFER(pathCount) path, int pathCount, char *CZLIB_BUFFER(messageCount) message, int messageCount) {
  (void)pathCount;
  gzFile file = gzopen(path, "rb");
  if (!file) snprintf(message, (size_t)messageCount, "%s", strerror(errno));
  return (uintptr_t)file;
}

/// Reads up to `count` bytes; how many there were, 0 at the end, -1 for a broken file with the reason in `message`.
static inline int czlib_read(
    uintptr_t file, uint8_t *CZLIB_BUFFER(count) bytes, int count, char *CZLIB_BUFFER(messageCount) message,
    int messageCount) {
  int result = gzread((gzFile)file, bytes, (unsigned)count);
  // At a truncated file's end the count is 0 and only the state tells.
  int state = Z_OK;
  const char *reason = gzerror((gzFile)file, &state);
  if (result >= 0 && (state == Z_OK || state == Z_STREAM_END)) return result;
  snprintf(message, (size_t)messageCount, "%s", reason ? reason : "error");
  return -1;
}

static inline void czlib_close(uintptr_t file) {
  gzclose((gzFile)file);
}

#endif
