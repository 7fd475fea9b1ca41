#ifndef CONVOLUTION_WAITING_H
#define CONVOLUTION_WAITING_H

#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

/// Sleeps while `word` is `value`; may return early. A raw call: no cancellation point, and fit for a fork's handlers.
static inline void wait_while_equal(_Atomic uint32_t *word, uint32_t value) {
#ifdef __linux__
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
#else
  if (atomic_load(word) == value) {
    struct timespec time = {.tv_nsec = 50000};
    nanosleep(&time, NULL);
  }
#endif
}

/// Wakes at most `threads` of those who sleep on `word`.
static inline void wake(_Atomic uint32_t *word, int threads) {
#ifdef __linux__
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, threads, NULL, NULL, 0);
#endif
}

#endif
