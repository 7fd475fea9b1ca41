#include "include/ConvolutionDepthwise.h"

#include "Precision.h"

// Output rows that one tile computes at most.
enum { tile_rows = 7 };

// Distinct rows that a tile reads: shared ones once, otherwise one for every (output row, kernel row).
static ptrdiff_t rows_of_a_tile(const struct ConvolutionDepthwise *shape) {
  return shape->rows_are_shared ? (tile_rows - 1) * shape->row_stride + shape->kernel_height
                                : tile_rows * shape->kernel_height;
}

#define KERNEL_SOURCE "EachPrecision.inc"
#define PRECISION_SOURCE "Depthwise.inc"
#include "Instantiate.h"

size_t convolution_depthwise_workspace_bytes(const struct ConvolutionDepthwise *shape, size_t scalar_bytes) {
  const size_t rows = (size_t)rows_of_a_tile(shape);
  const size_t row = (size_t)(shape->staged_columns ? shape->staged_width : shape->input_width);
  const size_t scalars = row * (shape->staged_columns ? rows + 1 : 1);
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
