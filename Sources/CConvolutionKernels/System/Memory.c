#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../include/ConvolutionSystem.h"

// From this size on, pieces are mapped by themselves and unmapped when they are freed. The C library's heap would keep
// pieces of up to 32 MiB, and where their sizes change all the time, a hole of the right size is seldom there: it grows.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SMALLEST_MAPPED SIZE_MAX // which watches the heap alone
#endif
#endif
#ifndef SMALLEST_MAPPED
#define SMALLEST_MAPPED ((size_t)1 << 20)
#endif

// Whole pages; 0 where they cannot be counted.
static size_t mapped_bytes(size_t byte_count) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return byte_count <= SIZE_MAX / 2 ? (byte_count + page - 1) / page * page : 0;
}

static void *map(size_t byte_count, size_t alignment) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t wanted = mapped_bytes(byte_count), spare = alignment > page ? alignment - page : 0;
  if (wanted == 0) return NULL;
  char *memory = mmap(NULL, wanted + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  size_t before = spare > 0 ? (alignment - (uintptr_t)memory % alignment) % alignment : 0;
  if (before > 0) munmap(memory, before);
  if (spare > before) munmap(memory + before + wanted, spare - before);
  return memory + before;
}

void *convolution_allocate(size_t byte_count, size_t alignment) {
  if (byte_count >= SMALLEST_MAPPED) return map(byte_count, alignment);
  void *memory = NULL;
  return posix_memalign(&memory, alignment, byte_count > 0 ? byte_count : 1) == 0 ? memory : NULL;
}

void convolution_free(void *memory, size_t byte_count) {
  if (byte_count >= SMALLEST_MAPPED) munmap(memory, mapped_bytes(byte_count));
  else free(memory);
}

void convolution_advise_large_pages(void *memory, size_t byte_count) {
#ifdef MADV_HUGEPAGE
  madvise(memory, byte_count, MADV_HUGEPAGE);
#endif
}

bool convolution_equal_bytes(const void *left, const void *right, size_t byte_count) {
  return memcmp(left, right, byte_count) == 0;
}
