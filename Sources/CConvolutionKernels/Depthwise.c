#include "include/ConvolutionDepthwise.h"

#include "Borders.h"
#include "Precision.h"

enum { tileRows = ConvolutionDepthwiseRows };

// Scalars of a row that a tile reads.
static ptrdiff_t rowScalars(const struct ConvolutionDepthwise *shape) {
  return shape->columns.stagedWidth > 0 ? shape->columns.stagedWidth : shape->inputWidth;
}

#define KERNEL_SOURCE "EachPrecision.inc"
#define PRECISION_SOURCE "Depthwise.inc"
#include "Instantiate.h"

size_t convolution_depthwise_workspace_bytes(const struct ConvolutionDepthwise *shape, size_t scalarBytes) {
  const size_t rows = (size_t)rowNumbers(&shape->rows, tileRows);
  const size_t scalars = (size_t)rowScalars(shape) * (shape->columns.stagedWidth > 0 ? rows + 1 : 1);
  return rows * sizeof(void *) + scalars * scalarBytes;
}

void convolution_depthwise_float(enum ConvolutionInstructionSet set, const struct ConvolutionDepthwise *shape,
                                 const float *input, const float *weights, const float *bias, float *output,
                                 ptrdiff_t firstChannel, ptrdiff_t channelCount, ptrdiff_t firstRow,
                                 ptrdiff_t rowCount, void *workspace) {
  DISPATCH(set, depthwise_float, (shape, input, weights, bias, output, firstChannel, channelCount, firstRow,
                                  rowCount, workspace));
}

void convolution_depthwise_double(enum ConvolutionInstructionSet set, const struct ConvolutionDepthwise *shape,
                                  const double *input, const double *weights, const double *bias, double *output,
                                  ptrdiff_t firstChannel, ptrdiff_t channelCount, ptrdiff_t firstRow,
                                  ptrdiff_t rowCount, void *workspace) {
  DISPATCH(set, depthwise_double, (shape, input, weights, bias, output, firstChannel, channelCount, firstRow,
                                   rowCount, workspace));
}
