#include "../include/ConvolutionGemm.h"
#include "../include/ConvolutionWinograd.h"

#include <math.h>

#include "../Gemm/Axis.h"
#include "../Target/Precision.h"
#include "WinogradLayout.h"

#define KERNEL_SOURCE "../Winograd/Winograd.inc"
#include "../Target/Instantiate.h"

static ptrdiff_t lanes(enum ConvolutionInstructionSet set) {
  switch (set) {
  case ConvolutionInstructionSetAVX512: return 16;
  case ConvolutionInstructionSetAVX2: return 8;
  default: return 4;
  }
}

ptrdiff_t convolution_winograd_channel_blocks(enum ConvolutionInstructionSet set, ptrdiff_t inputChannels) {
  return (inputChannels + lanes(set) - 1) / lanes(set);
}

ptrdiff_t convolution_winograd_panels(enum ConvolutionInstructionSet set, enum ConvolutionWinogradScheme scheme,
                                      ptrdiff_t outputChannels) {
  return dividingUp(outputChannels, 2 * lanes(set) / winograd_phases(scheme));
}

ptrdiff_t convolution_winograd_filter_panel_size(enum ConvolutionInstructionSet set,
                                                 enum ConvolutionWinogradScheme scheme, ptrdiff_t inputChannels) {
  ptrdiff_t size;
  DISPATCH(set, size = filterPanelSize_float, (scheme, inputChannels));
  return size;
}

ptrdiff_t convolution_winograd_filter_row_size(enum ConvolutionInstructionSet set,
                                               enum ConvolutionWinogradScheme scheme, ptrdiff_t inputChannels) {
  ptrdiff_t size;
  DISPATCH(set, size = filterRowSize_float, (scheme, inputChannels));
  return size;
}

// What a block takes, in floats.
struct Sizes {
  ptrdiff_t transformedInput, measures, transformedGradientPanel, scratch;
};

static struct Sizes sizes(enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
                          const struct ConvolutionWinogradBlock *block) {
  struct Sizes sizes;
  DISPATCH(set, winogradSizes_float,
           (layer, block, &sizes.transformedInput, &sizes.measures, &sizes.transformedGradientPanel, &sizes.scratch));
  return sizes;
}

ptrdiff_t convolution_winograd_transformed_input_size(enum ConvolutionInstructionSet set,
                                                      const struct ConvolutionWinogradLayer *layer,
                                                      const struct ConvolutionWinogradBlock *block, bool measured) {
  const struct Sizes all = sizes(set, layer, block);
  return all.transformedInput + (measured ? all.measures : 0);
}

ptrdiff_t convolution_winograd_transformed_gradient_panel_size(
    enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
    const struct ConvolutionWinogradBlock *block) {
  return sizes(set, layer, block).transformedGradientPanel;
}

ptrdiff_t convolution_winograd_scratch_size(enum ConvolutionInstructionSet set,
                                            const struct ConvolutionWinogradLayer *layer,
                                            const struct ConvolutionWinogradBlock *block) {
  return sizes(set, layer, block).scratch;
}

void convolution_winograd_transform_filters(
    enum ConvolutionInstructionSet set, enum ConvolutionWinogradScheme scheme,
    const struct ConvolutionWinogradFilters *filters, ptrdiff_t inputChannels, ptrdiff_t outputChannels,
    ptrdiff_t firstPanel, ptrdiff_t endPanel, float *transformed) {
  DISPATCH(set, winogradTransformFilters_float,
           (scheme, filters, inputChannels, outputChannels, firstPanel, endPanel, transformed));
}

void convolution_winograd_transform_input(
    enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
    const struct ConvolutionWinogradBlock *block, ptrdiff_t firstChannelBlock, ptrdiff_t endChannelBlock,
    const struct ConvolutionWinogradLocality *locality, const float *input, float *transformedInput, float *magnitudes,
    float *scratch) {
  DISPATCH(set, winogradTransformInput_float,
           (layer, block, firstChannelBlock, endChannelBlock, locality, input, transformedInput, magnitudes, scratch));
}

void convolution_winograd_multiply(
    enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
    const struct ConvolutionWinogradBlock *block, ptrdiff_t firstPanel, ptrdiff_t endPanel,
    const struct ConvolutionWinogradLocality *locality, const float *transformedInput, const float *transformedFilters,
    const struct ConvolutionWinogradFilters *filters, const struct ConvolutionEpilogue *epilogue, const float *input,
    float *output, float *scratch) {
  DISPATCH(set, winogradMultiply_float,
           (layer, block, firstPanel, endPanel, locality, transformedInput, transformedFilters, filters, epilogue,
            input, output, scratch));
}

int convolution_winograd_positions(enum ConvolutionWinogradScheme scheme) {
  return winograd_positions(scheme, winograd_largest_tile(scheme));
}

void convolution_winograd_transform_output_gradient(
    enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
    const struct ConvolutionWinogradBlock *block, ptrdiff_t firstPanel, ptrdiff_t endPanel, const float *outputGradient,
    float *transformedGradient, float *magnitudes, float *scratch) {
  DISPATCH(set, winogradTransformOutputGradient_float,
           (layer, block, firstPanel, endPanel, outputGradient, transformedGradient, magnitudes, scratch));
}

ptrdiff_t convolution_winograd_magnitudes_size(enum ConvolutionInstructionSet set, ptrdiff_t channels) {
  ptrdiff_t size;
  DISPATCH(set, winogradMagnitudesSize_float, (channels, &size));
  return size;
}

bool convolution_winograd_channels_overlap(
    enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer, float *inputMagnitudes,
    float *gradientMagnitudes, const float *input, const float *outputGradient, float *scratch, ptrdiff_t scratchSize) {
  bool result;
  DISPATCH(set, winogradChannelsOverlap_float,
           (layer, inputMagnitudes, gradientMagnitudes, input, outputGradient, scratch, scratchSize, &result));
  return result;
}

ptrdiff_t convolution_winograd_sparse_gradient_size(enum ConvolutionInstructionSet set,
                                                    const struct ConvolutionWinogradLayer *layer, ptrdiff_t outputs) {
  ptrdiff_t size;
  DISPATCH(set, winogradSparseSize_float, (layer, outputs, &size));
  return size;
}

void convolution_winograd_sum_sparse_gradient(
    enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer, ptrdiff_t firstOutput,
    ptrdiff_t endOutput, const float *input, const float *outputGradient, float *weightGradient, float *scratch) {
  DISPATCH(set, sumSparseGradient_float,
           (layer, firstOutput, endOutput, input, outputGradient, weightGradient, scratch));
}

void convolution_winograd_sum_filter_gradient(
    enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
    const struct ConvolutionWinogradBlock *block, ptrdiff_t firstPanel, ptrdiff_t endPanel, int firstPosition,
    int endPosition, const float *transformedInput, const float *transformedGradient, float *sums, bool accumulate) {
  DISPATCH(set, sumFilterGradient_float,
           (layer, block, firstPanel, endPanel, firstPosition, endPosition, transformedInput, transformedGradient, sums,
            accumulate));
}

void convolution_winograd_transform_filter_gradient(
    enum ConvolutionInstructionSet set, enum ConvolutionWinogradScheme scheme, ptrdiff_t inputChannels,
    ptrdiff_t outputChannels, ptrdiff_t firstPanel, ptrdiff_t endPanel, const float *sums, float *weightGradient) {
  DISPATCH(set, winogradTransformFilterGradient_float,
           (scheme, inputChannels, outputChannels, firstPanel, endPanel, sums, weightGradient));
}
