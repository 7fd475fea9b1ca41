#ifndef CONVOLUTION_PRODUCT_H
#define CONVOLUTION_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

#include "ConvolutionProcessor.h"

/// The outputs `first ..< end` of a row, whose column of one tap lies inside the input: at `source` for the first of them,
/// and equally far apart.
struct ConvolutionInterior {
  ptrdiff_t first, end, source;
};

/// The shape of one group of a convolution, computed as a product of the weight and of what its taps read.
///
/// The product is computed in tiles that fill the registers: some rows by two vectors. Either pixels lie in the lanes and
/// output channels in the rows, or, for small maps that would leave lanes idle, the other way round. The terms of the
/// reduction are ordered tap by tap, channel by channel.
struct ConvolutionProduct {
  ptrdiff_t inputChannels, inputHeight, inputWidth;
  ptrdiff_t outputChannels, outputHeight, outputWidth;
  ptrdiff_t kernelHeight, kernelWidth;
  /// [kernelHeight][outputHeight]: the input row, or -1 for a row of zeros.
  const ptrdiff_t *rowSources;
  /// [kernelWidth]
  const struct ConvolutionInterior *interiors;
  /// [kernelWidth][outputWidth]: the input column, or -1 for a zero; read outside the interiors.
  const ptrdiff_t *columnSources;
  /// The distance between the input columns that neighbouring outputs read.
  ptrdiff_t columnStep;
  /// Whether the output's pixels are the input's, one tap each, in the same order.
  bool isPlain;
  bool channelsInLanes;
  /// Terms that are staged at a time. An output's sum depends on it.
  ptrdiff_t termsPerPart;
  /// Output pixels of a block at most.
  ptrdiff_t pixelsPerBlock;
};

/// Output pixels that one call computes, and the taps that count for them.
struct ConvolutionProductBlock {
  /// A rectangle of outputs: where it begins, and its width, which is the output's where pixels lie in the lanes.
  ptrdiff_t firstRow, firstColumn, columns;
  /// The pixels of the rectangle, row by row.
  ptrdiff_t firstPixel, pixels;
  /// The taps; all others read padding.
  ptrdiff_t firstRowTap, rowTaps, firstColumnTap, columnTaps;
};

/// The rows of a tile.
ptrdiff_t convolution_product_rows(enum ConvolutionInstructionSet set);

/// The lanes of a tile's two vectors.
ptrdiff_t convolution_product_lanes(enum ConvolutionInstructionSet set, size_t scalarBytes);

/// The bytes of workspace that one call needs which computes `panelCount` panels, for scalars of `scalarBytes`.
size_t convolution_product_workspace_bytes(enum ConvolutionInstructionSet set, const struct ConvolutionProduct *shape,
                                         ptrdiff_t panelCount, size_t scalarBytes);

/// Computes a block of output pixels of the panels `firstPanel ..< firstPanel + panelCount` of output channels of one
/// group of one image.
///
/// - input: [inputChannels, inputHeight, inputWidth]
/// - weights: packed, for every panel of output channels [kernelHeight, kernelWidth, inputChannels, channels of the
///   panel]. With channels in the lanes a panel has as many channels as a tile has lanes, the last one filled up with
///   zeros. Otherwise they are cut into the fewest panels of at most as many as a tile has rows, whose sizes differ by one
///   at most, larger ones first.
/// - bias: [outputChannels], or null
/// - output: [outputChannels, outputHeight, outputWidth]; every scalar of the block is written, no other
/// - workspace: `convolution_product_workspace_bytes`, aligned to 64 bytes, not shared with a concurrent call
///
/// An output is the same sum in the same order whatever the block it is computed in, as long as the taps are the same.
void convolution_product_float(enum ConvolutionInstructionSet set, const struct ConvolutionProduct *shape,
                             const struct ConvolutionProductBlock *block, const float *input, const float *weights,
                             const float *bias, float *output, ptrdiff_t firstPanel, ptrdiff_t panelCount,
                             void *workspace);

/// The same for Double.
void convolution_product_double(enum ConvolutionInstructionSet set, const struct ConvolutionProduct *shape,
                              const struct ConvolutionProductBlock *block, const double *input, const double *weights,
                              const double *bias, double *output, ptrdiff_t firstPanel, ptrdiff_t panelCount,
                              void *workspace);

#endif
