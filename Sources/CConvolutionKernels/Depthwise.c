#include "include/ConvolutionDepthwise.h"

#include "Borders.h"
#include "Precision.h"

enum { tile_rows = ConvolutionDepthwiseRows };

// Scalars of a row that a tile reads.
static ptrdiff_t row_scalars(const struct ConvolutionDepthwise *shape) {
  return shape->columns.staged_width > 0 ? shape->columns.staged_width : shape->input_width;
}

#define KERNEL_SOURCE "EachPrecision.inc"
#define PRECISION_SOURCE "Depthwise.inc"
#include "Instantiate.h"

size_t convolution_depthwise_workspace_bytes(const struct ConvolutionDepthwise *shape, size_t scalar_bytes) {
  const size_t rows = (size_t)row_numbers(&shape->rows, tile_rows);
  const size_t scalars = (size_t)row_scalars(shape) * (shape->columns.staged_width > 0 ? rows + 1 : 1);
  return rows * sizeof(void *) + scalars * scalar_bytes;
}

void convolution_depthwise_float(enum ConvolutionInstructionSet set, const struct ConvolutionDepthwise *shape,
                                 const float *input, const float *weights, const float *bias, float *output,
                                 ptrdiff_t first_channel, ptrdiff_t channel_count, ptrdiff_t first_row,
                                 ptrdiff_t row_count, void *workspace) {
  DISPATCH(set, depthwise_float, (shape, input, weights, bias, output, first_channel, channel_count, first_row,
                                  row_count, workspace));
}

void convolution_depthwise_double(enum ConvolutionInstructionSet set, const struct ConvolutionDepthwise *shape,
                                  const double *input, const double *weights, const double *bias, double *output,
                                  ptrdiff_t first_channel, ptrdiff_t channel_count, ptrdiff_t first_row,
                                  ptrdiff_t row_count, void *workspace) {
  DISPATCH(set, depthwise_double, (shape, input, weights, bias, output, first_channel, channel_count, first_row,
                                   row_count, workspace));
}
