#include "../include/ConvolutionWindows.h"

#include <math.h>

#include "../Precision.h"

// Both axes of a pooling and of a resampling.
struct windows {
  struct ConvolutionPlane plane;
  const struct ConvolutionWindow *rows, *columns;
};
struct samples {
  struct ConvolutionPlane plane;
  const struct ConvolutionSample *rows, *columns;
};

#define KERNEL_SOURCE "EachPrecision.inc"
#define PRECISION_SOURCE "Elementwise/Windows.inc"
#include "../Instantiate.h"

#include "DispatchPrecision.h"

void convolution_pool(enum ConvolutionInstructionSet set, size_t scalarBytes, const struct ConvolutionPlane *plane,
                      const struct ConvolutionWindow *rows, const struct ConvolutionWindow *columns, bool isMean,
                      const void *input, void *output, void *workspace) {
  const struct windows windows = {*plane, rows, columns};
  DISPATCH_PRECISION(pool, (&windows, isMean, input, output, workspace));
}

void convolution_pool_gradient(enum ConvolutionInstructionSet set, size_t scalarBytes,
                               const struct ConvolutionPlane *plane, const struct ConvolutionWindow *rows,
                               const struct ConvolutionWindow *columns, bool isMean, const void *input,
                               const void *outputGradient, void *inputGradient, void *workspace) {
  const struct windows windows = {*plane, rows, columns};
  DISPATCH_PRECISION(poolGradient, (&windows, isMean, input, outputGradient, inputGradient, workspace));
}

void convolution_resample(enum ConvolutionInstructionSet set, size_t scalarBytes, const struct ConvolutionPlane *plane,
                          const struct ConvolutionSample *rows, const struct ConvolutionSample *columns, bool isNearest,
                          const void *input, void *output, void *workspace) {
  const struct samples samples = {*plane, rows, columns};
  DISPATCH_PRECISION(resample, (&samples, isNearest, input, output, workspace));
}

void convolution_resample_gradient(enum ConvolutionInstructionSet set, size_t scalarBytes,
                                   const struct ConvolutionPlane *plane, const struct ConvolutionSample *rows,
                                   const struct ConvolutionSample *columns, bool isNearest, const void *outputGradient,
                                   void *inputGradient, void *workspace) {
  const struct samples samples = {*plane, rows, columns};
  DISPATCH_PRECISION(resampleGradient, (&samples, isNearest, outputGradient, inputGradient, workspace));
}
