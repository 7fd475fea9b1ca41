#ifndef CONVOLUTION_DEPTHWISE_H
#define CONVOLUTION_DEPTHWISE_H

#include <stdbool.h>
#include <stddef.h>

#include "ConvolutionProcessor.h"

/// The shape of a depthwise convolution: every input channel has filters of its own, `multiplier` of them.
///
/// Borders are index maps. Rows come from `source_rows`. Columns come in one of two ways:
/// - `staged_columns` is null: rows are read where they lie. Tap column `k` of output column `j` is the input column
///   `j * column_step + column_offsets[k]`, or zero where the input has no such column; `column_step` is 1 or 2.
/// - otherwise: each row is first copied to `staged_width` scalars, of which scalar `s` is input column
///   `staged_columns[s]` (zero for -1). Tap column `k` of output column `j` is scalar `j + column_offsets[k]`, and
///   `column_step` is 1.
struct ConvolutionDepthwise {
  ptrdiff_t input_height, input_width;
  ptrdiff_t output_height, output_width;
  ptrdiff_t kernel_height, kernel_width;
  ptrdiff_t row_stride;
  ptrdiff_t column_step;
  ptrdiff_t multiplier;
  /// The input row depends on `output row * row_stride + kernel row` alone, so that neighbours share rows.
  bool rows_are_shared;
  /// [kernel_height][output_height]: the input row, or -1 for a row of zeros.
  const ptrdiff_t *source_rows;
  /// [kernel_width]
  const ptrdiff_t *column_offsets;
  /// [staged_width], or null
  const ptrdiff_t *staged_columns;
  ptrdiff_t staged_width;
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
