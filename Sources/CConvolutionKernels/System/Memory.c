#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "../include/ConvolutionSystem.h"

void *convolution_allocate(size_t byte_count, size_t alignment) {
  void *memory = NULL;
  return posix_memalign(&memory, alignment, byte_count > 0 ? byte_count : 1) == 0 ? memory : NULL;
}

void convolution_free(void *memory) { free(memory); }

void convolution_advise_large_pages(void *memory, size_t byte_count) {
#ifdef MADV_HUGEPAGE
  madvise(memory, byte_count, MADV_HUGEPAGE);
#endif
}
