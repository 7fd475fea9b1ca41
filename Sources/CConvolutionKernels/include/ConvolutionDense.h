#ifndef CONVOLUTION_DENSE_H
#define CONVOLUTION_DENSE_H

#include <stddef.h>

#include "ConvolutionBorders.h"
#include "ConvolutionProcessor.h"

/// Output pixels that the dense kernel computes side by side.
enum { ConvolutionDensePixels = 6 };

/// Neighbouring outputs along an axis that read inside the input for the same kernel rows, or columns: those from
/// `first_tap` on. The other taps are skipped; where taps on padding must be computed too, one segment holds every output
/// and every tap.
struct ConvolutionSegment {
  ptrdiff_t first, count;
  ptrdiff_t first_tap, tap_count;
};

/// The shape of one group of a convolution with many channels. Output channels lie in the vector lanes, so that maps of any
/// width waste none of them, and the input is staged with its channels side by side.
struct ConvolutionDense {
  ptrdiff_t input_channels, input_height, input_width;
  ptrdiff_t output_channels;
  struct ConvolutionRowMap rows;
  struct ConvolutionColumnMap columns; // staged
  const struct ConvolutionSegment *row_segments, *column_segments;
  ptrdiff_t row_segment_count, column_segment_count;
  /// Output rows whose input is staged at a time.
  ptrdiff_t rows_per_block;
  /// Input channels that are staged at a time. An output's sum depends on it.
  ptrdiff_t channels_per_part;
};

/// Output channels that the kernel computes side by side, in one panel.
ptrdiff_t convolution_dense_panel(enum ConvolutionInstructionSet set, size_t scalar_bytes);

/// The bytes of workspace that one call needs which computes `panel_count` panels, for scalars of `scalar_bytes`.
size_t convolution_dense_workspace_bytes(enum ConvolutionInstructionSet set, const struct ConvolutionDense *shape,
                                         ptrdiff_t panel_count, size_t scalar_bytes);

/// Computes the output rows `first_row ..< first_row + row_count` of the panels
/// `first_panel ..< first_panel + panel_count` of one group of one image.
///
/// - input: [input_channels, input_height, input_width]
/// - weights: packed, for every panel the parts of the input channels, each [kernel_height, kernel_width, channels of the
///   part, panel]; the last panel is filled up with zeros
/// - bias: [output_channels], or null
/// - output: [output_channels, output_height, output_width]; every scalar of the range is written, no other
/// - workspace: `convolution_dense_workspace_bytes`, aligned to 64 bytes, not shared with a concurrent call
///
/// An output is the same sum in the same order whatever the range it is computed in.
void convolution_dense_float(enum ConvolutionInstructionSet set, const struct ConvolutionDense *shape,
                             const float *input, const float *weights, const float *bias, float *output,
                             ptrdiff_t first_panel, ptrdiff_t panel_count, ptrdiff_t first_row, ptrdiff_t row_count,
                             void *workspace);

/// The same for Double.
void convolution_dense_double(enum ConvolutionInstructionSet set, const struct ConvolutionDense *shape,
                              const double *input, const double *weights, const double *bias, double *output,
                              ptrdiff_t first_panel, ptrdiff_t panel_count, ptrdiff_t first_row, ptrdiff_t row_count,
                              void *workspace);

#endif
