#ifndef CONVOLUTION_ELEMENTWISE_H
#define CONVOLUTION_ELEMENTWISE_H

#include <stddef.h>
#include <stdint.h>

#include "ConvolutionProcessor.h"

// The layers between the convolutions of a network. Every function here takes the level and the bytes of a scalar
// (4: float, 8: double) first; its arrays are of that scalar, do not overlap, and need no alignment. What is computed for
// one scalar does not depend on which others a call is given.

/// Functions of one number.
enum ConvolutionFunction {
  ConvolutionFunctionExponential,
  ConvolutionFunctionReLU,
  ConvolutionFunctionReLU6,
  ConvolutionFunctionLeakyReLU, // parameter: the slope where x < 0
  ConvolutionFunctionSigmoid,
  ConvolutionFunctionTanh,
  ConvolutionFunctionSiLU,
  ConvolutionFunctionHardswish,
  ConvolutionFunctionGELU,
  ConvolutionFunctionTanhGELU
};

/// result[i] = f(input[i]).
void convolution_activate(enum ConvolutionInstructionSet set, size_t scalarBytes, enum ConvolutionFunction activation,
                          double parameter, const void *input, void *result, ptrdiff_t count);

/// result[i] = f′(input[i]) · outputGradient[i].
void convolution_activation_gradient(enum ConvolutionInstructionSet set, size_t scalarBytes,
                                     enum ConvolutionFunction activation, double parameter, const void *input,
                                     const void *outputGradient, void *result, ptrdiff_t count);

/// Σ y[i] · min(x[i], 0): the gradient of a slope where x < 0.
double convolution_slope_gradient(enum ConvolutionInstructionSet set, size_t scalarBytes, const void *x, const void *y,
                                  ptrdiff_t count);

/// The softmax cross-entropy of `positions` neighbours, each with `classes` scores a distance of `positions` apart:
/// scores and gradient are [classes, positions].
///
/// - labels: the true class of each position, below `classes`, or negative where it does not count
/// - scale: what the gradient (softmax − [true class]) is multiplied by; it is 0 where the position does not count
///
/// Returns the sum of −log softmax(true class).
double convolution_cross_entropy(enum ConvolutionInstructionSet set, size_t scalarBytes, const void *scores,
                                 const ptrdiff_t *labels, ptrdiff_t classes, ptrdiff_t positions, double scale,
                                 void *gradient);

/// sums[0] += Σ x[i], sums[1] += what the rounding of that leaves over. 256 scalars at a time are summed in their own precision,
/// in 32 sums, so that none passes through more than 13 roundings; these are added in double. The bits are the same at every
/// level.
void convolution_add_sum(enum ConvolutionInstructionSet set, size_t scalarBytes, const void *x, ptrdiff_t count,
                         double *sums);

/// sums[0] += Σ (y[i] − shift), sums[1] += Σ (y[i] − shift) · (x[i] − mean).
void convolution_moments(enum ConvolutionInstructionSet set, size_t scalarBytes, const void *y, double shift,
                         const void *x, double mean, ptrdiff_t count, double *sums);

/// result[i] = (x[i] − mean) · scale + offset.
void convolution_normalize(enum ConvolutionInstructionSet set, size_t scalarBytes, const void *x, double mean,
                           double scale, double offset, void *result, ptrdiff_t count);

/// result[i] = (y[i] − shift) · scale − (x[i] − mean) · slope.
void convolution_normalize_gradient(enum ConvolutionInstructionSet set, size_t scalarBytes, const void *y, double shift,
                                    double scale, const void *x, double mean, double slope, void *result,
                                    ptrdiff_t count);

/// A number that depends on every bit of the scalars and on where they stand: the hashes of parts add up, wrapping.
uint64_t convolution_hash(size_t scalarBytes, const void *x, uint64_t firstIndex, ptrdiff_t count);

/// result[i] = x[i] · scale with probability 1 − rate, else 0; which, is a function of `key` and `firstIndex + i`.
void convolution_drop(size_t scalarBytes, uint64_t key, uint64_t firstIndex, double rate, double scale, const void *x,
                      void *result, ptrdiff_t count);

#endif
