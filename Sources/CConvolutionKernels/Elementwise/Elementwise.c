#include "../include/ConvolutionElementwise.h"

#include <math.h>

#include "../Target/Precision.h"

#define KERNEL_SOURCE "../Target/EachPrecision.inc"
#define PRECISION_SOURCE "../Elementwise/Elementwise.inc"
#include "../Target/Instantiate.h"

#include "DispatchPrecision.h"

void convolution_activate(enum ConvolutionInstructionSet set, size_t scalarBytes, enum ConvolutionFunction activation,
                          double parameter, const void *input, void *result, ptrdiff_t count) {
  DISPATCH_PRECISION(activate, (activation, (scalar)parameter, input, result, count));
}

void convolution_activation_gradient(enum ConvolutionInstructionSet set, size_t scalarBytes,
                                     enum ConvolutionFunction activation, double parameter, const void *input,
                                     const void *outputGradient, void *result, ptrdiff_t count) {
  DISPATCH_PRECISION(activationGradient, (activation, (scalar)parameter, input, outputGradient, result, count));
}

// The kernels that return a number, which DISPATCH cannot pass on, run as the body of a statement.
#define DISPATCH_SUM(name, arguments)          \
  do {                                         \
    double sum = 0;                            \
    DISPATCH_PRECISION(sum = name, arguments); \
    return sum;                                \
  } while (0)

double convolution_slope_gradient(enum ConvolutionInstructionSet set, size_t scalarBytes, const void *x, const void *y,
                                  ptrdiff_t count) {
  DISPATCH_SUM(slopeGradient, (x, y, count));
}

double convolution_cross_entropy(enum ConvolutionInstructionSet set, size_t scalarBytes, const void *scores,
                                 const ptrdiff_t *labels, ptrdiff_t classes, ptrdiff_t positions, double scale,
                                 void *gradient) {
  DISPATCH_SUM(crossEntropy, (scores, labels, classes, positions, (scalar)scale, gradient));
}

void convolution_add_sum(enum ConvolutionInstructionSet set, size_t scalarBytes, const void *x, ptrdiff_t count,
                         double *sums) {
  DISPATCH_PRECISION(addSum, (x, count, sums));
}

void convolution_moments(enum ConvolutionInstructionSet set, size_t scalarBytes, const void *y, double shift,
                         const void *x, double mean, ptrdiff_t count, double *sums) {
  DISPATCH_PRECISION(moments, (y, (scalar)shift, x, (scalar)mean, count, sums));
}

void convolution_normalize(enum ConvolutionInstructionSet set, size_t scalarBytes, const void *x, double mean,
                           double scale, double offset, void *result, ptrdiff_t count) {
  DISPATCH_PRECISION(normalize, (x, (scalar)mean, (scalar)scale, (scalar)offset, result, count));
}

void convolution_normalize_gradient(enum ConvolutionInstructionSet set, size_t scalarBytes, const void *y, double shift,
                                    double scale, const void *x, double mean, double slope, void *result,
                                    ptrdiff_t count) {
  DISPATCH_PRECISION(normalizeGradient,
                     (y, (scalar)shift, (scalar)scale, x, (scalar)mean, (scalar)slope, result, count));
}
