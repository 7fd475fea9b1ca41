#include "../include/ConvolutionWindows.h"

#include <math.h>

#include "../Target/Precision.h"

// Both axes of a pooling and of a resampling.
struct windows {
  struct ConvolutionPlane plane;
  const struct ConvolutionWindow *rows, *columns;
};
struct samples {
  struct ConvolutionPlane plane;
  const struct ConvolutionSample *rows, *columns;
};

// Neighbours along the columns whose windows are alike and an even distance, `stride`, apart: those around the middle.
struct run {
  ptrdiff_t first, end, stride;
};

static bool areAlike(const struct ConvolutionWindow *a, const struct ConvolutionWindow *b, ptrdiff_t stride) {
  return a->count == b->count && a->step == b->step && a->extent == b->extent && b->first - a->first == stride;
}

static struct run evenRun(const struct windows *windows) {
  const struct ConvolutionWindow *columns = windows->columns;
  const ptrdiff_t width = windows->plane.outputWidth, middle = width / 2;
  // A window without a scalar belongs to no run.
  if (columns[middle].count == 0) return (struct run){-1, -1, 1};
  struct run run = {middle, middle + 1, middle > 0 ? columns[middle].first - columns[middle - 1].first : 1};
  while (run.first > 0 && areAlike(&columns[run.first - 1], &columns[run.first], run.stride)) run.first--;
  while (run.end < width && areAlike(&columns[run.end - 1], &columns[run.end], run.stride)) run.end++;
  return run;
}

#define KERNEL_SOURCE "../Target/EachPrecision.inc"
#define PRECISION_SOURCE "../Elementwise/Windows.inc"
#include "../Target/Instantiate.h"

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
                          const void *input, void *output) {
  const struct samples samples = {*plane, rows, columns};
  DISPATCH_PRECISION(resample, (&samples, isNearest, input, output));
}

void convolution_resample_gradient(enum ConvolutionInstructionSet set, size_t scalarBytes,
                                   const struct ConvolutionPlane *plane, const struct ConvolutionSample *rows,
                                   const struct ConvolutionSample *columns, bool isNearest, const void *outputGradient,
                                   void *inputGradient, void *workspace) {
  const struct samples samples = {*plane, rows, columns};
  DISPATCH_PRECISION(resampleGradient, (&samples, isNearest, outputGradient, inputGradient, workspace));
}
