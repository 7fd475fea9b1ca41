#ifndef CONVOLUTION_DENSE_H
#define CONVOLUTION_DENSE_H

#include <stddef.h>

#include "ConvolutionBorders.h"
#include "ConvolutionProcessor.h"

/// Output pixels that the dense kernel computes side by side.
enum { ConvolutionDensePixels = 6 };

/// Neighbouring outputs along an axis that read inside the input for the same kernel rows, or columns: those from
/// `firstTap` on. The other taps are skipped; where taps on padding must be computed too, one segment holds every output
/// and every tap.
struct ConvolutionSegment {
  ptrdiff_t first, count;
  ptrdiff_t firstTap, tapCount;
};

/// The shape of one group of a convolution with many channels. Output channels lie in the vector lanes, so that maps of any
/// width waste none of them, and the input is staged with its channels side by side.
struct ConvolutionDense {
  ptrdiff_t inputChannels, inputHeight, inputWidth;
  ptrdiff_t outputChannels;
  struct ConvolutionRowMap rows;
  struct ConvolutionColumnMap columns; // staged
  const struct ConvolutionSegment *rowSegments, *columnSegments;
  ptrdiff_t rowSegmentCount, columnSegmentCount;
  /// Output rows whose input is staged at a time.
  ptrdiff_t rowsPerBlock;
  /// Input channels that are staged at a time. An output's sum depends on it.
  ptrdiff_t channelsPerPart;
};

/// Output channels that the kernel computes side by side, in one panel.
ptrdiff_t convolution_dense_panel(enum ConvolutionInstructionSet set, size_t scalarBytes);

/// The bytes of workspace that one call needs which computes `panelCount` panels, for scalars of `scalarBytes`.
size_t convolution_dense_workspace_bytes(enum ConvolutionInstructionSet set, const struct ConvolutionDense *shape,
                                         ptrdiff_t panelCount, size_t scalarBytes);

/// Computes the output rows `firstRow ..< firstRow + rowCount` of the panels
/// `firstPanel ..< firstPanel + panelCount` of one group of one image.
///
/// - input: [inputChannels, inputHeight, inputWidth]
/// - weights: packed, for every panel the parts of the input channels, each [kernelHeight, kernelWidth, channels of the
///   part, panel]; the last panel is filled up with zeros
/// - bias: [outputChannels], or null
/// - output: [outputChannels, outputHeight, outputWidth]; every scalar of the range is written, no other
/// - workspace: `convolution_dense_workspace_bytes`, aligned to 64 bytes, not shared with a concurrent call
///
/// An output is the same sum in the same order whatever the range it is computed in.
void convolution_dense_float(enum ConvolutionInstructionSet set, const struct ConvolutionDense *shape,
                             const float *input, const float *weights, const float *bias, float *output,
                             ptrdiff_t firstPanel, ptrdiff_t panelCount, ptrdiff_t firstRow, ptrdiff_t rowCount,
                             void *workspace);

/// The same for Double.
void convolution_dense_double(enum ConvolutionInstructionSet set, const struct ConvolutionDense *shape,
                              const double *input, const double *weights, const double *bias, double *output,
                              ptrdiff_t firstPanel, ptrdiff_t panelCount, ptrdiff_t firstRow, ptrdiff_t rowCount,
                              void *workspace);

#endif
