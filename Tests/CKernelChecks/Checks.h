#ifndef CHECKS_H
#define CHECKS_H

#include <CConvolutionKernels.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The C kernels against plain loops, without Swift: a program for systems that Swift's tests are not built for on every change
// (Scripts/check-c-kernels). Operands are small integers, whose sums are exact, and end at a protected page.

/// What is being checked, for the messages.
struct Case {
  enum ConvolutionInstructionSet level;
  enum ConvolutionScalarKind kind;
  char name[160];
};

/// Counts a failure, and prints the first few.
void expect(const struct Case *case_, bool holds, const char *what);

/// A number from `low` to `high`; the numbers follow from the seed alone.
ptrdiff_t any(ptrdiff_t low, ptrdiff_t high);
bool either(void);

/// Scalars of a kind, of which a program without templates knows only this.
size_t scalar_size(const struct Case *case_);
double scalar_at(const struct Case *case_, const void *scalars, ptrdiff_t index);

/// Uninitialised bytes that end at a protected page, until `forget_memory`.
void *memory(size_t byte_count);
void forget_memory(void);
/// The same, with small integers in it, NaN or zeros.
void *integers(const struct Case *case_, ptrdiff_t count);
void *nans(const struct Case *case_, ptrdiff_t count);
void *zeros(const struct Case *case_, ptrdiff_t count);
double *doubles(ptrdiff_t count);
/// Aligned to 64 bytes, NaN in all of it.
void *workspace(size_t byte_count);

/// Whether all scalars are as expected.
bool equal(const struct Case *case_, const void *actual, const double *expected, ptrdiff_t count);

void check_products(struct Case *case_);
void check_depthwise(struct Case *case_);
void check_winograd(struct Case *case_);
void check_system(struct Case *case_);

/// For counting instructions: the work of a name, so many times; the number of outputs of one time, or 0 for no such name.
ptrdiff_t do_product(struct Case *case_, const char *name, int times);
ptrdiff_t do_depthwise(struct Case *case_, const char *name, int times);
ptrdiff_t do_winograd(struct Case *case_, const char *name, int times);

#endif
