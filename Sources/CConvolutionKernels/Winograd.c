#include "WinogradRepair.h"

#define KERNEL_SOURCE "Winograd.inc"
#include "Instantiate.h"

static ptrdiff_t lanes(enum ConvolutionInstructionSet set) {
  switch (set) {
  case ConvolutionInstructionSetAVX512: return 16;
  case ConvolutionInstructionSetAVX2: return 8;
  default: return 4;
  }
}

int convolution_winograd_largest_tile(enum ConvolutionWinogradScheme scheme) { return winograd_largest_tile(scheme); }

ptrdiff_t convolution_winograd_channel_blocks(enum ConvolutionInstructionSet set, ptrdiff_t inputChannels) {
  return (inputChannels + lanes(set) - 1) / lanes(set);
}

ptrdiff_t convolution_winograd_panels(enum ConvolutionInstructionSet set, ptrdiff_t outputChannels) {
  return (outputChannels + 2 * lanes(set) - 1) / (2 * lanes(set));
}

ptrdiff_t convolution_winograd_filter_panel_size(
  enum ConvolutionInstructionSet set, enum ConvolutionWinogradScheme scheme, ptrdiff_t inputChannels) {
  ptrdiff_t size;
  DISPATCH(set, size = filterPanelSize, (scheme, inputChannels));
  return size;
}

ptrdiff_t convolution_winograd_transformed_input_size(
  enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
  const struct ConvolutionWinogradBlock *block) {
  ptrdiff_t transformedInput, scratch;
  DISPATCH(set, winogradSizes, (layer, block, &transformedInput, &scratch));
  return transformedInput;
}

ptrdiff_t convolution_winograd_scratch_size(
  enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
  const struct ConvolutionWinogradBlock *block) {
  ptrdiff_t transformedInput, scratch;
  DISPATCH(set, winogradSizes, (layer, block, &transformedInput, &scratch));
  return scratch;
}

void convolution_winograd_transform_filters(
  enum ConvolutionInstructionSet set, enum ConvolutionWinogradScheme scheme,
  const struct ConvolutionWinogradFilters *filters, ptrdiff_t inputChannels, ptrdiff_t outputChannels,
  ptrdiff_t firstPanel, ptrdiff_t endPanel, float *transformed) {
  DISPATCH(
    set, winogradTransformFilters, (scheme, filters, inputChannels, outputChannels, firstPanel, endPanel, transformed));
}

void convolution_winograd_transform_input(
  enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
  const struct ConvolutionWinogradBlock *block, ptrdiff_t firstChannelBlock, ptrdiff_t endChannelBlock,
  const float *input, float *transformedInput, float *scratch) {
  DISPATCH(
    set, winogradTransformInput,
    (layer, block, firstChannelBlock, endChannelBlock, input, transformedInput, scratch));
}

void convolution_winograd_multiply(
  enum ConvolutionInstructionSet set, const struct ConvolutionWinogradLayer *layer,
  const struct ConvolutionWinogradBlock *block, ptrdiff_t firstPanel, ptrdiff_t endPanel,
  const float *transformedInput, const float *transformedFilters, const struct ConvolutionWinogradFilters *filters,
  const float *bias, const float *input, float *output, float *scratch) {
  DISPATCH(
    set, winogradMultiply,
    (layer, block, firstPanel, endPanel, transformedInput, transformedFilters, filters, bias, input, output, scratch));
}
