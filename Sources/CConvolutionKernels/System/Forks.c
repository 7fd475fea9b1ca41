#include <pthread.h>

#include "../include/ConvolutionSystem.h"
#include "Waiting.h"

// How many threads postpone forks, and in the highest bit whether a fork is under way.
static const uint32_t forking = UINT32_C(1) << 31;
static _Atomic uint32_t gate;

// How often the calling thread has postponed forks. A thread that does may do so again while one waits for it.
static _Thread_local unsigned depth;

static void leave_gate(void) {
  if (atomic_fetch_sub_explicit(&gate, 1, memory_order_release) == (forking | 1)) wake(&gate, INT_MAX);
}

void convolution_postpone_forks(void) {
  if (depth++ > 0) return;
  uint32_t before = atomic_fetch_add_explicit(&gate, 1, memory_order_acquire);
  while (before & forking) {
    leave_gate();
    uint32_t now;
    while ((now = atomic_load(&gate)) & forking) wait_while_equal(&gate, now);
    before = atomic_fetch_add_explicit(&gate, 1, memory_order_acquire);
  }
}

void convolution_permit_forks(void) {
  if (--depth == 0) leave_gate();
}

bool convolution_postpones_forks(void) { return depth > 0; }

void convolution_join_postponement(void) {
  if (depth++ == 0) atomic_fetch_add_explicit(&gate, 1, memory_order_acquire);
}

// A signal handler may fork in a thread that postpones forks itself: it does not wait for itself.
static void before_fork(void) {
  if (depth > 0) leave_gate();
  uint32_t now = atomic_load(&gate);
  // One fork at a time.
  while ((now & forking) || !atomic_compare_exchange_weak(&gate, &now, now | forking)) {
    if (now & forking) wait_while_equal(&gate, now);
    now = atomic_load(&gate);
  }
  while ((now = atomic_load(&gate)) != forking) wait_while_equal(&gate, now);
}

static void after_fork(void) {
  if (depth > 0) atomic_fetch_add(&gate, 1);
  atomic_fetch_and(&gate, ~forking);
  wake(&gate, INT_MAX);
}

static void after_fork_in_child(void) { atomic_store(&gate, depth > 0 ? 1 : 0); }

// When the library is loaded: nobody is inside yet.
__attribute__((constructor)) static void watch_forks(void) {
  pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

bool convolution_on_fork_in_child(void (*handler)(void)) { return pthread_atfork(NULL, NULL, handler) == 0; }
