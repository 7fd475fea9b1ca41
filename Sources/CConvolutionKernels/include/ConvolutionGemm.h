#ifndef CONVOLUTION_GEMM_H
#define CONVOLUTION_GEMM_H

#include "ConvolutionAxis.h"
#include "ConvolutionEpilogue.h"
#include "ConvolutionHalf.h"
#include <stdbool.h>
#include <stddef.h>

/// Where the product takes the pixels from.
enum ConvolutionSource {
  /// Copied side by side in panels, pixels in the lanes of a tile.
  ConvolutionSourcePackedLanes = 0,
  /// Copied side by side in panels, pixels in the rows of a tile: for maps that would leave lanes idle.
  ConvolutionSourcePackedRows = 1,
  /// The input itself, pixels in the lanes: for one tap without stride or padding.
  ConvolutionSourceInPlace = 2,
  /// Input rows staged with their borders, read at an offset for each tap, pixels in the lanes: for few output channels.
  ConvolutionSourceStagedRows = 3,
  /// The same with pixels in the rows of a tile, output channels in its lanes: for many output channels.
  ConvolutionSourceStagedFactors = 4,
  /// For the gradient of the weight, whose lanes are input channels and taps: channels staged side by side, in blocks of a
  /// vector that one tap reads.
  ConvolutionSourceStagedChannels = 5,
  /// The same for few channels: those that all rows of the kernel read, side by side. The columns must not be dilated.
  ConvolutionSourceStagedTaps = 6
};

/// Sums of pieces are added up in pairs at most so often.
enum { ConvolutionPairwiseLevels = 6 };

/// What a vector of lanes holds where rows are staged. An output is the same sum whichever it is.
enum ConvolutionStagedLanes {
  /// Neighbouring output pixels of a row.
  ConvolutionStagedLanesOfRow = 0,
  /// Neighbours in the staged rows, beyond the end of a row: for narrow maps. Stride 1 only.
  ConvolutionStagedLanesAcrossRows = 1,
  /// The same pixel of several images.
  ConvolutionStagedLanesOfImages = 2
};

/// One group of a convolution, as a product of its filters with what their taps read. The terms of the
/// reduction are ordered tap by tap, channel by channel; with staged rows channel by channel, tap by tap.
struct ConvolutionGemm {
  enum ConvolutionSource source;
  ptrdiff_t inputChannels, outputChannels;
  struct ConvolutionAxis rows, columns;
  /// Scalars from one row and column of the input to the next. Other columns than neighbours are read by staged rows alone, and
  /// there not by lanes of images.
  ptrdiff_t inputRow, inputColumn;
  /// Scalars from one channel, row and column of the output to the next: those of a plane of its own, or of every
  /// stride-th row and column of a larger one.
  ptrdiff_t outputPlane, outputRow, outputColumn;
  /// Scalars from one image to the next.
  ptrdiff_t inputImage, outputImage;
  /// Whether sums are kept apart until they are whole. Otherwise, with pixels in the lanes, they are added up in the output:
  /// the pixels of a block must then follow each other there.
  bool keepsSums;
  /// Terms that are packed at a time, or staged: whole channels. An output's sum depends on it.
  ptrdiff_t termsPerPart;
  /// Products that one running sum takes. So many of these pieces of a part, a power of 2, are added up in pairs, and what they
  /// make up one after the other, so that the rounding error does not grow with the length of the reduction alone; and not at all
  /// with the number of those additions where what is left over of them is kept as well.
  ptrdiff_t pieceTerms, pairwisePieces;
  bool keepsRests;
  /// Output pixels of a block at most; and, with staged rows, which are blocks by themselves, their columns.
  ptrdiff_t pixelsPerBlock, columnsPerBlock;
  /// With staged rows; with staged factors those of a row.
  enum ConvolutionStagedLanes stagedLanes;
  /// Whether a channel of the output has two of this product, one behind the other: for its even and its odd columns, which
  /// are stored together. Sums are then kept apart, pixels are in the lanes, and `outputColumn` is 2.
  bool isPaired;
  /// What `multiply` finds its packed filters in.
  enum ConvolutionFilterFormat filterFormat;
};

/// Output pixels that one call computes, and the taps that count for them.
struct ConvolutionGemmBlock {
  /// A region of outputs.
  ptrdiff_t firstRow, firstColumn, rows, columns;
  /// Pixels of the region, row by row, those of the next image behind those of the first; all of it with staged rows.
  ptrdiff_t firstPixel, pixels;
  /// The taps; all others read padding.
  ptrdiff_t firstRowTap, rowTaps, firstColumnTap, columnTaps;
  /// In the lanes, of the block's rows and columns, where these hold images; a vector's at most.
  ptrdiff_t images;
};

/// Filters as they lie in memory: the tap (kh, kw) of output channel `o` and input channel `c` is
/// `weights[o * outputStep + c * inputStep + kh * rowStep + kw * columnStep]`. Steps may be negative. Of a paired product `o`
/// counts pairs, and the second of a pair lies `pairStep` behind the first.
struct ConvolutionFilterView {
  const void *weights;
  ptrdiff_t outputStep, inputStep, rowStep, columnStep, pairStep;
};

/// Which products a weight gradient sums: those of some blocks of output rows of a batch.
struct ConvolutionWeightGradient {
  /// Of the group's first channel in image 0.
  const void *input, *outputGradient;
  /// Blocks of rows are counted image by image. The sums of a range are the same whoever computes it.
  ptrdiff_t firstBlock, blocks, blocksPerImage;
  /// Whether taps on padding may be left out: not where the output's gradient is not finite, for zero times infinity is NaN.
  bool skipsPadding;
};

/// The kernels of the product for one level and scalar. All pointers are to scalars of that type.
struct ConvolutionGemmKernels {
  /// Rows and lanes of a tile, and output channels of a panel with staged rows.
  ptrdiff_t tileRows, tileLanes, stagedRows;

  /// Output channels of a panel at most.
  ptrdiff_t (*panel_channels)(enum ConvolutionSource source);

  /// The scalars of one group's packed filters.
  ptrdiff_t (*filter_size)(const struct ConvolutionGemm *gemm);

  /// Packs the filters of one panel of output channels of one group.
  ///
  /// - packed: the group's first scalar; `filter_size` of them for all panels.
  void (*pack_filters)(const struct ConvolutionGemm *gemm, const struct ConvolutionFilterView *view, ptrdiff_t panel,
                       void *packed);

  /// The bytes of workspace of one call of `multiply` that computes `panels` panels.
  size_t (*workspace_bytes)(const struct ConvolutionGemm *gemm, ptrdiff_t panels);

  /// Computes a block of output pixels of the panels `firstPanel ..< firstPanel + panels` of one group.
  ///
  /// - input: of the block's first image, [inputChannels, rows.input, columns.input]
  /// - filters: packed, in the format that the shape names
  /// - output: the first of that image's group; every output of the block is written, no other
  /// - workspace: aligned to 64 bytes, not shared with a concurrent call
  ///
  /// An output is the same sum in the same order whatever the block it is computed in, as long as the taps are the same.
  void (*multiply)(const struct ConvolutionGemm *gemm, const struct ConvolutionGemmBlock *block,
                   const struct ConvolutionEpilogue *epilogue, const void *input, const void *filters, void *output,
                   ptrdiff_t firstPanel, ptrdiff_t panels, void *workspace);

  /// Takes finished sums to outputs where they lie: `pixels` neighbours of each of `channels` planes, `plane` scalars apart.
  void (*finish)(const struct ConvolutionEpilogue *epilogue, ptrdiff_t channels, ptrdiff_t plane, ptrdiff_t pixels,
                 void *output);

  /// Panels of `tileLanes` input channels and taps, from packed lanes and from staged channels or taps.
  ptrdiff_t (*weight_gradient_panels)(const struct ConvolutionGemm *gemm);

  /// The bytes of workspace of one call of `weight_gradient` for `panels` panels.
  size_t (*weight_gradient_workspace_bytes)(const struct ConvolutionGemm *gemm, ptrdiff_t panels);

  /// Sums the output's gradient times what the taps read over pixels, for the panels `firstPanel ..< firstPanel + panels`.
  ///
  /// - sums, rests: [panels][outputChannels][tileLanes]: the rounded sums, and what their rounding left over
  void (*weight_gradient)(const struct ConvolutionGemm *gemm, const struct ConvolutionWeightGradient *call,
                          ptrdiff_t firstPanel, ptrdiff_t panels, void *sums, void *rests, void *workspace);

  /// Adds the sums of other blocks to those of the first ones.
  void (*add_weight_gradient)(void *sums, void *rests, const void *moreSums, const void *moreRests, ptrdiff_t count);

  /// Writes the panels' part of the gradient, `[outputChannels, inputChannels, kernel rows, kernel columns]`, or, of a kernel of
  /// one tap, its transpose.
  void (*store_weight_gradient)(const struct ConvolutionGemm *gemm, ptrdiff_t firstPanel, ptrdiff_t panels,
                                bool isTransposed, const void *sums, const void *rests, void *result);
};

#endif
