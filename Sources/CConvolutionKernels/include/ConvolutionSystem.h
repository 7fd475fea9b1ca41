#ifndef CONVOLUTION_SYSTEM_H
#define CONVOLUTION_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What the library asks of the system, so that Swift need not know whose C library it is. One file of `System/` serves
// one heading below.

// MARK: Forks (Forks.c)

/// Until `convolution_permit_forks`, a fork in another thread waits, and so does this call while one is under way: a child
/// finds no lock of the library held by a thread that it does not have. Calls nest.
void convolution_postpone_forks(void);
void convolution_permit_forks(void);

/// Whether the calling thread postpones forks.
bool convolution_postpones_forks(void);

/// For a thread that works for one that postpones forks and waits for it: forks are postponed already, and to wait here
/// for the end of one would be to wait for oneself. `convolution_permit_forks` ends it likewise.
void convolution_join_postponement(void);

/// Calls `handler` in every child from now on; false when the system refuses.
bool convolution_on_fork_in_child(void (*handler)(void));

// MARK: Products by OpenBLAS (ProductGate.c)

/// How OpenBLAS takes the buffer that a product works in, and gives it back to itself for the next.
typedef void *(*ConvolutionTakeBuffer)(int);
typedef void (*ConvolutionReturnBuffer)(void *);

/// Makes sure that OpenBLAS has at least one buffer, and opens the gate for as many callers at a time as it gets buffers
/// for, `capacity` at most. Returns the bytes that could not be had, or 0. Cheap once it has succeeded.
size_t convolution_open_product_gate(unsigned capacity, ConvolutionTakeBuffer take_buffer,
                                     ConvolutionReturnBuffer return_buffer);

/// Waits for a place, and postpones forks until `convolution_leave_product`. False when the gate was never opened.
bool convolution_enter_product(void);
void convolution_leave_product(void);

/// Sets the number of threads that OpenMP gives the calling thread, and returns what it was; 0 when there is no OpenMP.
int convolution_exchange_openmp_threads(int threads);

// MARK: Locks (Locks.c)

/// A mutex. The functions know it by a pointer: it must not move.
void *convolution_mutex_create(void);
void convolution_mutex_destroy(void *mutex);
void convolution_mutex_lock(void *mutex);
void convolution_mutex_unlock(void *mutex);

/// A semaphore that starts at 0.
void *convolution_semaphore_create(void);
/// Forgets what was signalled, and who waits.
void convolution_semaphore_reset(void *semaphore);
void convolution_semaphore_signal(void *semaphore);
void convolution_semaphore_wait(void *semaphore);

// MARK: Threads (Threads.c)

/// Starts a detached thread that takes no signals. The library then stays loaded until the process ends. False when there can be no
/// thread.
bool convolution_start_thread(void (*body)(void *), void *context);

/// Until `convolution_restore_cancellation` with what it returned, the calling thread cannot be cancelled.
int convolution_disable_cancellation(void);
void convolution_restore_cancellation(int state);

/// Nanoseconds of a clock that never goes back.
int64_t convolution_nanoseconds(void);
/// Lets another thread have this core.
void convolution_yield(void);
void convolution_sleep(int64_t nanoseconds);

/// How the system schedules the calling thread, as of a millisecond ago at most, or the process's first one: policy,
/// niceness and priority in one number.
uint64_t convolution_thread_scheduling(void);
uint64_t convolution_process_scheduling(void);

/// The cores that a thread may run on. The count is 0 when the system does not say.
struct ConvolutionAffinity {
  uint64_t cores[16];
  int count;
};

/// Those of the calling thread, as of a millisecond ago at most.
struct ConvolutionAffinity convolution_affinity(void);
/// Binds the calling thread to these, unless it is or their count is 0.
void convolution_adopt_affinity(const struct ConvolutionAffinity *affinity);

/// The number of cores that the process could run on when the library was loaded, at least 1.
int convolution_process_cores(void);

// MARK: Memory (Memory.c)

/// `byte_count` uninitialised bytes at a multiple of `alignment`, a power of two; NULL when the system refuses.
void *convolution_allocate(size_t byte_count, size_t alignment);
/// Frees what was allocated with that count.
void convolution_free(void *memory, size_t byte_count);
/// Asks for large pages; a refusal costs time, not results.
void convolution_advise_large_pages(void *memory, size_t byte_count);
bool convolution_equal_bytes(const void *left, const void *right, size_t byte_count);

// MARK: Environment (Environment.c)

/// Copies an environment variable as a string, cut after `capacity - 1` bytes; false when it is not set.
bool convolution_environment(const char *name, char *value, size_t capacity);
/// Reads at most `capacity` bytes of a file; -1 when it cannot be read.
ptrdiff_t convolution_read_file(const char *path, char *bytes, size_t capacity);
/// Writes to standard error, as far as that goes.
void convolution_write_error(const char *bytes, size_t count);

// MARK: Numbers (Numbers.c)

/// Prints a finite number as `-d.ddde-dd`, correctly rounded, with the locale's point; the text has 16 bytes more than digits.
void convolution_print_number(double number, int digits, char *text, size_t capacity);

// MARK: Floating point (FloatingPoint.c)

/// The calling thread's modes, rounding and flushing, without the flags of what has happened.
uint64_t convolution_floating_point_modes(void);
void convolution_set_floating_point_modes(uint64_t modes);
/// `modes`, with subnormal operands and results taken as zero, or as `like` has them.
uint64_t convolution_modes_flushing_subnormals(uint64_t modes);
uint64_t convolution_modes_with_subnormals_like(uint64_t modes, uint64_t like);

#endif
