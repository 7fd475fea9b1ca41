#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/mman.h>

#include "../include/ConvolutionSystem.h"
#include "Waiting.h"

// OpenBLAS keeps a table of buffers. A product takes the first that is free, maps one where none is, tries for ever to map
// it where memory cannot be had, and writes past the table's end where that is full (128 and 512 more in a build for 64
// threads). So a place inside the gate is a buffer that has been seen to exist.

enum { most_buffers = 64 };

// A buffer of OpenBLAS 0.3 (BUFFER_SIZE in its common_x86_64.h and common_arm64.h), and what stands beside it.
static const size_t buffer_size = (size_t)(128 << 20) + (64 << 10);

// How many are inside, and in the highest bit whether the places are being added to, when nobody may be.
static const uint32_t growing = UINT32_C(1) << 31;
static _Atomic uint32_t inside;
static _Atomic uint32_t places, waiting;

static _Atomic unsigned capacity;
static ConvolutionTakeBuffer take_buffer;
static ConvolutionReturnBuffer return_buffer;

static bool buffer_can_be_had(void) {
  void *probe = mmap(NULL, buffer_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (probe == MAP_FAILED) return false;
  munmap(probe, buffer_size);
  return true;
}

// Lets OpenBLAS have `wanted` buffers at a time, or as many as it can; nobody else is inside.
static uint32_t provide_buffers(uint32_t wanted) {
  void *buffers[most_buffers];
  uint32_t count = 0;
  while (count < wanted && (count < atomic_load(&places) || buffer_can_be_had())) buffers[count++] = take_buffer(0);
  for (uint32_t index = 0; index < count; index++) return_buffer(buffers[index]);
  return count;
}

// Adds places until there are `wanted`, unless somebody else does. Few callers ever meet this: places double.
static void add_places(uint32_t wanted) {
  uint32_t now = atomic_load(&inside);
  do {
    if (now & growing) return;
  } while (!atomic_compare_exchange_weak(&inside, &now, now | growing));
  atomic_fetch_add(&waiting, 1);
  while ((now = atomic_load(&inside)) != growing) wait_while_equal(&inside, now);
  atomic_fetch_sub(&waiting, 1);
  uint32_t before = atomic_load(&places);
  if (before < wanted) {
    uint32_t count = provide_buffers(wanted);
    atomic_store(&places, count);
    // Do not stop everybody again for what could not be had.
    if (count < wanted && count > 0) atomic_store(&capacity, count);
  }
  atomic_store(&inside, 0);
  wake(&inside, INT_MAX);
}

size_t convolution_open_product_gate(unsigned most, ConvolutionTakeBuffer take, ConvolutionReturnBuffer give) {
  if (atomic_load_explicit(&places, memory_order_acquire) > 0) return 0;
  convolution_postpone_forks();
  static _Atomic uint32_t opening;
  while (atomic_exchange(&opening, 1)) wait_while_equal(&opening, 1);
  if (atomic_load(&places) == 0) {
    atomic_store(&capacity, most < 1 ? 1 : most < most_buffers ? most : most_buffers);
    take_buffer = take;
    return_buffer = give;
    add_places(1);
  }
  atomic_store(&opening, 0);
  wake(&opening, 1);
  convolution_permit_forks();
  return atomic_load(&places) > 0 ? 0 : buffer_size;
}

bool convolution_enter_product(void) {
  convolution_postpone_forks();
  uint32_t now = atomic_load_explicit(&inside, memory_order_relaxed);
  for (;;) {
    uint32_t open = atomic_load_explicit(&places, memory_order_relaxed);
    if (open == 0) {
      convolution_permit_forks();
      return false;
    }
    if (now < open) {
      if (atomic_compare_exchange_weak(&inside, &now, now + 1)) return true;
      continue;
    }
    uint32_t limit = atomic_load(&capacity);
    if (!(now & growing) && open < limit) {
      add_places(2 * open < limit ? 2 * open : limit);
    } else {
      atomic_fetch_add(&waiting, 1);
      wait_while_equal(&inside, now);
      atomic_fetch_sub(&waiting, 1);
    }
    now = atomic_load(&inside);
  }
}

void convolution_leave_product(void) {
  uint32_t before = atomic_fetch_sub(&inside, 1);
  // One place, one thread; but the one that adds places waits here too.
  if (atomic_load(&waiting)) wake(&inside, before & growing ? INT_MAX : 1);
  convolution_permit_forks();
}

int convolution_exchange_openmp_threads(int threads) {
  // OpenBLAS brings OpenMP with it; this library does not link it.
  static _Atomic(int (*)(void)) get_threads;
  static _Atomic(void (*)(int)) set_threads;
  if (!atomic_load(&set_threads)) {
    atomic_store(&get_threads, (int (*)(void))dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
    atomic_store(&set_threads, (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  }
  int (*get)(void) = atomic_load(&get_threads);
  void (*set)(int) = atomic_load(&set_threads);
  if (!get || !set) return 0;
  int before = get();
  if (before != threads) set(threads);
  return before;
}
