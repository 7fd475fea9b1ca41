#ifndef CONVOLUTION_DEPTHWISE_H
#define CONVOLUTION_DEPTHWISE_H

#include <stddef.h>

#include "ConvolutionBorders.h"
#include "ConvolutionProcessor.h"

/// Output rows that a depthwise kernel computes side by side: the block of its row map.
enum { ConvolutionDepthwiseRows = 7 };

/// The shape of a depthwise convolution: every input channel has filters of its own, `multiplier` of them.
struct ConvolutionDepthwise {
  ptrdiff_t input_height, input_width;
  ptrdiff_t multiplier;
  struct ConvolutionRowMap rows;
  /// Where rows are read as they lie, tap column k of output column j is the input column `j * column_step + offsets[k]`,
  /// or zero where the input has no such column, and `column_step` is 1 or 2. Otherwise `column_step` is 1.
  struct ConvolutionColumnMap columns;
  ptrdiff_t column_step;
};

/// The bytes of workspace that one call needs, for scalars of `scalar_bytes`.
size_t convolution_depthwise_workspace_bytes(const struct ConvolutionDepthwise *shape, size_t scalar_bytes);

/// Computes the output rows `first_row ..< first_row + row_count` of every output channel that belongs to the input
/// channels `first_channel ..< first_channel + channel_count` of one image.
///
/// - input: [channels, input_height, input_width]
/// - weights: [channels * multiplier, kernel_height, kernel_width]
/// - bias: [channels * multiplier], or null
/// - output: [channels * multiplier, output_height, output_width]; every scalar of the range is written, no other
/// - workspace: `convolution_depthwise_workspace_bytes`, aligned to 64 bytes, not shared with a concurrent call
///
/// An output is the same sum in the same order whatever the range it is computed in.
void convolution_depthwise_float(enum ConvolutionInstructionSet set, const struct ConvolutionDepthwise *shape,
                                 const float *input, const float *weights, const float *bias, float *output,
                                 ptrdiff_t first_channel, ptrdiff_t channel_count, ptrdiff_t first_row,
                                 ptrdiff_t row_count, void *workspace);

/// The same for Double.
void convolution_depthwise_double(enum ConvolutionInstructionSet set, const struct ConvolutionDepthwise *shape,
                                  const double *input, const double *weights, const double *bias, double *output,
                                  ptrdiff_t first_channel, ptrdiff_t channel_count, ptrdiff_t first_row,
                                  ptrdiff_t row_count, void *workspace);

#endif
