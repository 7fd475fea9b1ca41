#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "../include/ConvolutionSystem.h"

// A worker executes this code for as long as the process lives, whoever unloads the library.
static void stay_loaded(void) {
  Dl_info library;
  if (dladdr((void *)stay_loaded, &library) && library.dli_fname)
    dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

struct Start {
  void (*body)(void *);
  void *context;
};

static void *run(void *argument) {
  struct Start start = *(struct Start *)argument;
  free(argument);
  start.body(start.context);
  return NULL;
}

bool convolution_start_thread(void (*body)(void *), void *context) {
  struct Start *start = malloc(sizeof *start);
  if (!start) return false;
  *start = (struct Start){body, context};
  stay_loaded();
  // A program's signals are not for this thread.
  sigset_t every, callers;
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, &callers);
  pthread_t thread;
  bool is_started = pthread_create(&thread, NULL, run, start) == 0;
  pthread_sigmask(SIG_SETMASK, &callers, NULL);
  if (is_started) pthread_detach(thread);
  else free(start);
  return is_started;
}

int convolution_disable_cancellation(void) {
#ifdef PTHREAD_CANCEL_DISABLE
  int state;
  return pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state) == 0 ? state : -1;
#else
  return -1; // Bionic cannot cancel
#endif
}

void convolution_restore_cancellation(int state) {
#ifdef PTHREAD_CANCEL_DISABLE
  if (state >= 0) pthread_setcancelstate(state, NULL);
#endif
}

int64_t convolution_nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void convolution_yield(void) { sched_yield(); }

void convolution_sleep(int64_t nanoseconds) {
  struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  nanosleep(&time, NULL);
}

// The C library has no name for this call, nor for what it fills in.
struct SchedulingAttributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t niceness;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};

static uint64_t scheduling(pid_t thread) {
#ifdef SYS_sched_getattr
  struct SchedulingAttributes attributes = {0};
  if (syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0) != 0) return 0;
  return (uint64_t)attributes.policy << 32 | (uint64_t)(uint8_t)attributes.priority << 8 | (uint8_t)attributes.niceness;
#else
  return 0;
#endif
}

uint64_t convolution_process_scheduling(void) { return scheduling(getpid()); }

#ifdef __linux__
static struct ConvolutionAffinity affinity_of(pid_t thread) {
  struct ConvolutionAffinity affinity = {.count = 0};
  _Static_assert(sizeof(cpu_set_t) <= sizeof affinity.cores,
                 "as many cores as the C library's set"); // Bionic's may be smaller
  cpu_set_t cores;
  // Fails where there are more cores than the set can name.
  if (sched_getaffinity(thread, sizeof cores, &cores) == 0) {
    memcpy(affinity.cores, &cores, sizeof cores);
    affinity.count = CPU_COUNT(&cores);
  }
  return affinity;
}
#else
static struct ConvolutionAffinity affinity_of(pid_t thread) { return (struct ConvolutionAffinity){.count = 0}; }
#endif

// What the calling thread last asked, half a microsecond a time, and when.
static _Thread_local struct {
  int64_t time;
  uint64_t scheduling;
  struct ConvolutionAffinity affinity;
} known;

static void know(void) {
  int64_t now = convolution_nanoseconds();
  if (known.time != 0 && now - known.time < 1000000) return;
  known.time = now;
  known.scheduling = scheduling(0);
  known.affinity = affinity_of(0);
}

uint64_t convolution_thread_scheduling(void) {
  know();
  return known.scheduling;
}

struct ConvolutionAffinity convolution_affinity(void) {
  know();
  return known.affinity;
}

void convolution_adopt_affinity(const struct ConvolutionAffinity *wanted) {
#ifdef __linux__
  know();
  if (wanted->count == 0 || memcmp(known.affinity.cores, wanted->cores, sizeof wanted->cores) == 0) return;
  cpu_set_t cores;
  memcpy(&cores, wanted->cores, sizeof cores);
  if (sched_setaffinity(0, sizeof cores, &cores) == 0) known.affinity = *wanted;
#endif
}

static int process_cores;

// When the library is loaded, which is before anybody can bind the first thread to what is only its own. Not lazily: the
// first caller may be bound.
__attribute__((constructor)) static void count_cores(void) {
  int cores = affinity_of(getpid()).count;
  if (cores == 0) cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
  process_cores = cores > 1 ? cores : 1;
}

int convolution_process_cores(void) { return process_cores; }
