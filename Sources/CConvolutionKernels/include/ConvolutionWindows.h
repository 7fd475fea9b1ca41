#ifndef CONVOLUTION_WINDOWS_H
#define CONVOLUTION_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>

#include "ConvolutionProcessor.h"

// Pooling and resampling of planes [inputHeight, inputWidth] to [outputHeight, outputWidth], whatever the rule that
// says what each output reads. As in ConvolutionElementwise.h, the level and the bytes of a scalar come first.

/// The extents of a plane and of what becomes of it. A call takes with it, for each axis, what each of its outputs reads.
struct ConvolutionPlane {
  ptrdiff_t inputHeight, inputWidth, outputHeight, outputWidth;
  /// How many such planes follow each other in this call.
  ptrdiff_t count;
  /// Whether all that is written, by all calls together, is more than caches hold: then it may be stored around them.
  bool isLarge;
};

/// Scalars of workspace that a call needs for planes of this width: a row, and two vectors that kernels read behind it. It
/// fills whole cache lines, so that workers do not share any.
static inline ptrdiff_t convolution_plane_workspace(ptrdiff_t inputWidth) {
  const ptrdiff_t line = 32;
  return (inputWidth + line - 1) / line * line + line;
}

/// What one output reads along an axis: `count` taps from `first` on, `step` apart, all inside the input.
struct ConvolutionWindow {
  ptrdiff_t first, count, step;
  /// What a mean divides by, along this axis.
  double extent;
};

/// The largest of each window, NaN where there is one, −∞ where the window is empty; or with `isMean` the sum divided by
/// both extents.
void convolution_pool(enum ConvolutionInstructionSet set, size_t scalarBytes, const struct ConvolutionPlane *plane,
                      const struct ConvolutionWindow *rows, const struct ConvolutionWindow *columns, bool isMean,
                      const void *input, void *output, void *workspace);

/// The gradient of the input: each output's goes to the scalar that was the largest, the first of equals in row-major
/// order and the last NaN; or with `isMean` it is shared by the window.
void convolution_pool_gradient(enum ConvolutionInstructionSet set, size_t scalarBytes,
                               const struct ConvolutionPlane *plane, const struct ConvolutionWindow *rows,
                               const struct ConvolutionWindow *columns, bool isMean, const void *input,
                               const void *outputGradient, void *inputGradient, void *workspace);

/// Where one output of a resampled axis lies: between two scalars of the input, `weight` of the way to the second.
struct ConvolutionSample {
  ptrdiff_t first, second;
  double weight;
};

/// Interpolates linearly along both axes, or with `isNearest` takes each first scalar.
void convolution_resample(enum ConvolutionInstructionSet set, size_t scalarBytes, const struct ConvolutionPlane *plane,
                          const struct ConvolutionSample *rows, const struct ConvolutionSample *columns, bool isNearest,
                          const void *input, void *output);

/// The gradient of the input of the same.
void convolution_resample_gradient(enum ConvolutionInstructionSet set, size_t scalarBytes,
                                   const struct ConvolutionPlane *plane, const struct ConvolutionSample *rows,
                                   const struct ConvolutionSample *columns, bool isNearest, const void *outputGradient,
                                   void *inputGradient, void *workspace);

#endif
