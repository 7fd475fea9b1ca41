#ifndef CONVOLUTION_WINOGRAD_H
#define CONVOLUTION_WINOGRAD_H

#include "ConvolutionEpilogue.h"
#include "ConvolutionHalf.h"
#include "ConvolutionProcessor.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Winograd convolution of 3x3 and 5x5 filters in float32, and transposed convolution of 4x4 ones with stride 2, in two steps
/// that a caller runs as independent tasks:
///
/// 1. `convolution_winograd_transform_input` turns a block of tiles into matrices, one for each position of the
///    transformed tile; a task takes a range of channel blocks.
/// 2. `convolution_winograd_multiply` multiplies them with the transformed filters and writes the output; a task takes
///    a range of panels of output channels. It needs the whole of step 1 for its block.
///
/// Filters are transformed beforehand by `convolution_winograd_transform_filters`, a task being a range of panels.
/// Nothing is allocated here and nothing is decided: tiles, blocks and ranges are the caller's. An output's value depends
/// on none of them but the tiles, so that any split over tasks gives the same bits. A group of channels is an image with
/// fewer channels: pass pointers to its first ones.

/// The interpolation points and the largest tile. Every scheme also serves smaller tiles with the same filters.
enum ConvolutionWinogradScheme {
  ConvolutionWinogradScheme2x2 = 0, // stride 1, tiles of 1 and 2 outputs a side; exact on small integers
  ConvolutionWinogradScheme3x3 = 1, // stride 1, tiles of 2 and 3
  ConvolutionWinogradScheme4x4 = 2, // stride 1, tiles of 2, 3 and 4
  ConvolutionWinogradSchemeStrided2x2 = 3, // stride 2, tiles of 1 and 2; exact on small integers
  ConvolutionWinogradSchemeStrided3x3 = 4, // stride 2, tiles of 2 and 3
  ConvolutionWinogradSchemeStrided4x4 = 5, // stride 2, tiles of 2, 3 and 4
  /// A transposed convolution of 4x4 filters with stride 2; tiles of 2 and 3, of 4 and 6 outputs a side. Exact on small
  /// integers. Filters have no gradient by this scheme.
  ConvolutionWinogradSchemeTransposed3x3 = 6,
  ConvolutionWinogradSchemeWide4x4 = 7 // 5x5 filters, stride 1, tiles of 2, 3 and 4
};

/// One axis of the convolution, the same for every image.
struct ConvolutionWinogradAxis {
  /// The dilation, 1 with stride 2: the distance between a tile's outputs, and between the coordinates that it reads.
  /// Tiles come in sets of `step` that begin at neighbouring outputs, the largest first. The last set may lack its last
  /// tiles.
  int32_t step;
  /// With the transposed scheme outputs `2 * q - crop` and the next are output `q` of what is said here, and a tile reads
  /// `size + 1` coordinates from its start on; 0 or 1, else 0. The first and the last may lie beyond the output.
  int32_t crop;
  /// For every padded coordinate that some tile reads: the input coordinate whose value stands there, or -1 for a zero.
  /// The tile that begins at output `start` and has `size` outputs reads from `stride * start`, `size + 2` coordinates
  /// with stride 1 (of 5x5 filters `size + 4`) and `2 * size + 1` with stride 2. The last set counts as if it had all its tiles, each as large as
  /// the first.
  const int32_t *sources;
  /// Outputs of each tile along this axis, never increasing.
  const int32_t *tileSizes;
  /// The first output of each tile. Tiles of the last set may reach beyond the output; what lies there is not written.
  const int32_t *tileStarts;
};

/// What all tasks of one group of one layer share. Images, channels and rows are contiguous planes (NCHW); distances
/// are in floats.
struct ConvolutionWinogradLayer {
  enum ConvolutionWinogradScheme scheme;
  ptrdiff_t batch;
  ptrdiff_t inputChannels, inputHeight, inputWidth, inputImageStride;
  ptrdiff_t outputChannels, outputHeight, outputWidth, outputImageStride;
  struct ConvolutionWinogradAxis rows, columns;
};

/// The tiles that share one product: a rectangle of whole sets of tiles, of one image or of several that lie side by
/// side in the batch.
struct ConvolutionWinogradBlock {
  ptrdiff_t firstImage, images;
  ptrdiff_t firstTileRow, tileRows;
  ptrdiff_t firstTileColumn, tileColumns;
};

/// The filters as the definition knows them: tap `t = 3 * row + column` of output channel `o` and input channel `c` is
/// `weights[o * outputChannelStride + c * inputChannelStride + t]`, or `8 - t` in place of `t` where `rotated` is set,
/// as the gradient of the input wants it. 5x5 filters have 25 taps in the place of nine. The transposed scheme has 16,
/// `4 * row + column`, and its filters lie as they are.
///
/// Or, where `weights` is null, packed in 16 bits for step 2, which then transforms them while it reads them: the same tap is number
/// `((o / lanes * inputChannels + c) * 9 + t) * lanes + o % lanes` of `packed` (or `8 - t`), with the lanes of a vector of Float and zeros for
/// all output channels of the last panel that there are not.
struct ConvolutionWinogradFilters {
  const float *weights;
  ptrdiff_t outputChannelStride, inputChannelStride;
  bool rotated;
  const uint16_t *packed;
  enum ConvolutionFilterFormat format;
};

/// What keeps an output clear of values that it does not read. A transform adds and cancels a whole tile, so that an output
/// which reads little beside a large value is left with the rounding of that value. Such outputs are found by what they
/// read, the input's magnitudes weighted by channel, and summed by the definition.
struct ConvolutionWinogradLocality {
  /// For each input channel of the group, and zeros up to whole channel blocks: how much it counts, at most 1.
  const float *channelScales;
  /// An output is summed by the definition where some other output of its tile reads more than `mostContrast` times as
  /// much, or where a single value is more than one part in `leastSpread` of what it reads. Few values may all meet small
  /// weights of a filter: where one of them is more than one part in `spreadOfFew`, it is `contrastOfFew` times.
  float mostContrast, leastSpread, contrastOfFew, spreadOfFew;
  /// Output channels of the group that are summed by the definition everywhere, in ascending order.
  const int32_t *directChannels;
  ptrdiff_t directChannelCount;
};

/// Channel blocks of step 1 for a number of input channels.
ptrdiff_t convolution_winograd_channel_blocks(enum ConvolutionInstructionSet set, ptrdiff_t inputChannels);

/// Panels of step 2, and of the transformed filters, for a number of output channels.
ptrdiff_t convolution_winograd_panels(enum ConvolutionInstructionSet set, enum ConvolutionWinogradScheme scheme,
                                      ptrdiff_t outputChannels);

/// Floats of one panel of transformed filters; panels follow each other without a gap.
ptrdiff_t convolution_winograd_filter_panel_size(enum ConvolutionInstructionSet set,
                                                 enum ConvolutionWinogradScheme scheme, ptrdiff_t inputChannels);

/// Floats that step 1 writes for a block; it is `measured` where locality is given.
ptrdiff_t convolution_winograd_transformed_input_size(enum ConvolutionInstructionSet set,
                                                      const struct ConvolutionWinogradLayer *layer,
                                                      const struct ConvolutionWinogradBlock *block, bool measured);

/// Floats of scratch that one task of either step needs for a block.
ptrdiff_t convolution_winograd_scratch_size(enum ConvolutionInstructionSet set,
                                            const struct ConvolutionWinogradLayer *layer,
                                            const struct ConvolutionWinogradBlock *block);

/// Floats of scratch that step 2 needs besides where filters are packed.
ptrdiff_t convolution_winograd_filter_row_size(enum ConvolutionInstructionSet set,
                                               enum ConvolutionWinogradScheme scheme, ptrdiff_t inputChannels);

/// Transforms the filters of the panels `firstPanel ..< endPanel` into `transformed`, which points to panel 0.
void convolution_winograd_transform_filters(
    enum ConvolutionInstructionSet set, enum ConvolutionWinogradScheme scheme,
    const struct ConvolutionWinogradFilters *filters, ptrdiff_t inputChannels, ptrdiff_t outputChannels,
    ptrdiff_t firstPanel, ptrdiff_t endPanel, float *transformed);

/// What a `ConvolutionWinogradLocality` needs of the filters of a group, in three steps, the first and the last of them in tasks.
/// No number depends on these. First the mean magnitude of the weights of some input channels.
///
/// - means: one value an input channel.
/// - scratch: `convolution_winograd_balance_size` bytes, aligned to 8, as for the last step.
void convolution_winograd_weigh_inputs(enum ConvolutionInstructionSet set, enum ConvolutionWinogradScheme scheme,
                                       const struct ConvolutionWinogradFilters *filters, ptrdiff_t outputChannels,
                                       ptrdiff_t firstInput, ptrdiff_t endInput, double *means, void *scratch);

/// Then what each input channel counts.
void convolution_winograd_scale_inputs(ptrdiff_t inputChannels, const double *means, float *channelScales);

/// And for some output channels, whether an output's own products may be far smaller than those of its tile, since in one of the
/// phases a tap is masked in all input channels, more than a quarter of the weights is tiny beside the mean, or a single one makes
/// up an eighth of their sum.
///
/// - isDirect: one value an output channel.
void convolution_winograd_find_direct(enum ConvolutionInstructionSet set, enum ConvolutionWinogradScheme scheme,
                                      const struct ConvolutionWinogradFilters *filters, ptrdiff_t inputChannels,
                                      ptrdiff_t firstOutput, ptrdiff_t endOutput, const double *means,
                                      const float *channelScales, bool *isDirect, void *scratch);
size_t convolution_winograd_balance_size(enum ConvolutionWinogradScheme scheme, ptrdiff_t inputChannels,
                                         ptrdiff_t outputChannels);

/// Step 1: transforms the channel blocks `firstChannelBlock ..< endChannelBlock` of a block of tiles.
///
/// - locality: measures the input for step 2, or null.
/// - input: image 0 of the batch, first channel of the group.
/// - transformedInput: `convolution_winograd_transformed_input_size` floats, aligned to 64 bytes, shared by the block.
/// - magnitudes: for the gradient of the filters, what is added to: `convolution_winograd_magnitudes_size` floats for all
///   input channels, zeros before the first block; or null.
/// - scratch: `convolution_winograd_scratch_size` floats, aligned to 64 bytes, of this task alone.
void convolution_winograd_transform_input(
    enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
    const struct ConvolutionWinogradBlock *block, ptrdiff_t firstChannelBlock, ptrdiff_t endChannelBlock,
    const struct ConvolutionWinogradLocality *locality, const float *input, float *transformedInput, float *magnitudes,
    float *scratch);

/// Step 2: writes the output channels of the panels `firstPanel ..< endPanel` for a block of tiles.
///
/// A value that comes out as an infinity or NaN is computed again by the definition, from `input` and `filters`: a
/// transform spreads them over a tile, and may overflow where the definition does not.
///
/// - locality: as step 1 had it.
/// - transformedFilters: null where step 2 transforms the filters itself, into scratch besides: `convolution_winograd_filter_panel_size`
///   floats, of packed filters `convolution_winograd_filter_row_size`.
/// - epilogue: what happens to the sums; of the group's first output channel and image 0, as `output`.
/// - output: image 0 of the batch, first channel of the group.
void convolution_winograd_multiply(
    enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
    const struct ConvolutionWinogradBlock *block, ptrdiff_t firstPanel, ptrdiff_t endPanel,
    const struct ConvolutionWinogradLocality *locality, const float *transformedInput, const float *transformedFilters,
    const struct ConvolutionWinogradFilters *filters, const struct ConvolutionEpilogue *epilogue, const float *input,
    float *output, float *scratch);

/// The gradient of the filters takes these steps beside step 1, which gives it the transformed input of a block:
///
/// - `convolution_winograd_transform_output_gradient`, a task being a range of panels;
/// - `convolution_winograd_sum_filter_gradient`, which adds the block's products to sums that have the layout of transformed
///   filters; a task is a range of panels and of the rows of the transformed tile;
/// - after the last block `convolution_winograd_transform_filter_gradient`, a task being a range of panels.
///
/// Blocks are summed in the caller's order. The first must hold the first tile of both axes, and replaces what was there.

/// Rows of the transformed tile of a scheme.
int convolution_winograd_positions(enum ConvolutionWinogradScheme scheme);

/// Floats of one panel of a block's transformed output gradient; panels follow each other without a gap.
ptrdiff_t convolution_winograd_transformed_gradient_panel_size(
    enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
    const struct ConvolutionWinogradBlock *block);

/// Transforms the gradient of a block's outputs for the panels `firstPanel ..< endPanel`.
///
/// - outputGradient: image 0 of the batch, first output channel of the group.
/// - transformedGradient: panel 0.
/// - magnitudes: as step 1 has it, for the output channels of all panels.
/// - scratch: `convolution_winograd_scratch_size` floats, aligned to 64 bytes, of this task alone.
void convolution_winograd_transform_output_gradient(
    enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
    const struct ConvolutionWinogradBlock *block, ptrdiff_t firstPanel, ptrdiff_t endPanel, const float *outputGradient,
    float *transformedGradient, float *magnitudes, float *scratch);

/// Floats of the sums of magnitudes of so many channels.
ptrdiff_t convolution_winograd_magnitudes_size(enum ConvolutionInstructionSet set, ptrdiff_t channels);

/// Whether every element of the gradient is a sum of products large enough for the rounding of its tiles to be small beside
/// it: whether the values of any two channels that are not all zero stand in the same places, at every tap.
///
/// - inputMagnitudes, gradientMagnitudes: of all blocks of the batch; changed.
/// - input, outputGradient: image 0 of the batch, first channel of the group.
/// - scratch: `scratchSize` floats.
bool convolution_winograd_channels_overlap(
    enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer, float *inputMagnitudes,
    float *gradientMagnitudes, const float *input, const float *outputGradient, float *scratch, ptrdiff_t scratchSize);

/// Sums a block's products for the panels `firstPanel ..< endPanel` and the rows `firstPosition ..< endPosition` of the
/// transformed tile, onto what `sums` held where `accumulate` is set.
///
/// - sums: panel 0, `convolution_winograd_filter_panel_size` floats a panel.
void convolution_winograd_sum_filter_gradient(
    enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
    const struct ConvolutionWinogradBlock *block, ptrdiff_t firstPanel, ptrdiff_t endPanel, int firstPosition,
    int endPosition, const float *transformedInput, const float *transformedGradient, float *sums, bool accumulate);

/// Writes the gradient of the filters of the panels `firstPanel ..< endPanel`, `[O, C, kH, kW]` without gaps, from the sums.
void convolution_winograd_transform_filter_gradient(
    enum ConvolutionInstructionSet set, enum ConvolutionWinogradScheme scheme, ptrdiff_t inputChannels,
    ptrdiff_t outputChannels, ptrdiff_t firstPanel, ptrdiff_t endPanel, const float *sums, float *weightGradient);

/// Writes the gradient of the filters of the output channels `firstOutput ..< endOutput` without tiles, from the values of the
/// output's gradient that are not zero: the fewer they are, the faster. Where the input is not finite, at least one element is
/// NaN, and the others may be anything.
///
/// - input, outputGradient: image 0 of the batch, first channel of the group.
/// - weightGradient: `[O, C, kH, kW]` without gaps, of the group.
/// - scratch: `convolution_winograd_sparse_gradient_size` floats for so many output channels, aligned to 64 bytes.
void convolution_winograd_sum_sparse_gradient(
    enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer, ptrdiff_t firstOutput,
    ptrdiff_t endOutput, const float *input, const float *outputGradient, float *weightGradient, float *scratch);
ptrdiff_t convolution_winograd_sparse_gradient_size(enum ConvolutionInstructionSet set,
                                                    const struct ConvolutionWinogradLayer *layer, ptrdiff_t outputs);

#endif
