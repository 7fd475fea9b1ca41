#ifndef CONVOLUTION_DIRECT_H
#define CONVOLUTION_DIRECT_H

#include <stddef.h>

#include "ConvolutionBorders.h"
#include "ConvolutionProcessor.h"

/// Output channels that the direct kernel computes side by side.
enum { ConvolutionDirectPanel = 4 };

/// The shape of one group of a direct convolution with few channels. Output pixels lie in the vector lanes, and every
/// input row is staged, so that any stride reads neighbours.
struct ConvolutionDirect {
  ptrdiff_t input_channels, input_height, input_width;
  ptrdiff_t output_channels;
  struct ConvolutionRowMap rows;
  struct ConvolutionColumnMap columns; // staged
  /// Output rows whose input is staged at a time.
  ptrdiff_t rows_per_block;
  /// Input channels that are staged at a time. An output's sum depends on it.
  ptrdiff_t channels_per_part;
};

/// The bytes of workspace that one call needs which computes `output_count` channels, for scalars of `scalar_bytes`.
size_t convolution_direct_workspace_bytes(enum ConvolutionInstructionSet set, const struct ConvolutionDirect *shape,
                                          ptrdiff_t output_count, size_t scalar_bytes);

/// Computes the output rows `first_row ..< first_row + row_count` of the output channels
/// `first_output ..< first_output + output_count` of one group of one image. `first_output` is a multiple of
/// `ConvolutionDirectPanel`.
///
/// - input: [input_channels, input_height, input_width]
/// - weights: packed, [output_channels / panel, input_channels, kernel_height, kernel_width, panel], where the last panel
///   is filled up with zeros
/// - bias: [output_channels], or null
/// - output: [output_channels, output_height, output_width]; every scalar of the range is written, no other
/// - workspace: `convolution_direct_workspace_bytes`, aligned to 64 bytes, not shared with a concurrent call
///
/// An output is the same sum in the same order whatever the range it is computed in.
void convolution_direct_float(enum ConvolutionInstructionSet set, const struct ConvolutionDirect *shape,
                              const float *input, const float *weights, const float *bias, float *output,
                              ptrdiff_t first_output, ptrdiff_t output_count, ptrdiff_t first_row, ptrdiff_t row_count,
                              void *workspace);

/// The same for Double.
void convolution_direct_double(enum ConvolutionInstructionSet set, const struct ConvolutionDirect *shape,
                               const double *input, const double *weights, const double *bias, double *output,
                               ptrdiff_t first_output, ptrdiff_t output_count, ptrdiff_t first_row, ptrdiff_t row_count,
                               void *workspace);

#endif
