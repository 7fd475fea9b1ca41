#include "../include/ConvolutionWinograd.h"
#include "../Target/Precision.h"
#include "WinogradScheme.h"
#include <math.h>

// A weight below this part of its filter's mean is as good as none.
static const float tinyPart = 1.0f / 32;
// Taps whose sum over the channels is below this part of the largest tap's are masked.
static const double maskedPart = 1.0 / 32;
// A weight above this part of its filter's sum, and so many times the mean, which few weights do not reach: outputs that do not
// read by it have little in common with those that do.
static const double concentratedPart = 1.0 / 8, concentratedTimes = 8;
// Input channels below this part of the mean weigh nothing.
static const double deadPart = 1e-30;

#define KERNEL_SOURCE "../Winograd/WinogradFilterBalance.inc"
#include "../Target/Instantiate.h"

size_t convolution_winograd_balance_size(enum ConvolutionWinogradScheme scheme, ptrdiff_t inputChannels,
                                         ptrdiff_t outputChannels) {
  const ptrdiff_t channels = 2 * inputChannels > outputChannels ? 2 * inputChannels : outputChannels;
  return (size_t)(winograd_weights(scheme) * channels) * sizeof(double);
}

void convolution_winograd_weigh_inputs(enum ConvolutionInstructionSet set, enum ConvolutionWinogradScheme scheme,
                                       const struct ConvolutionWinogradFilters *filters, ptrdiff_t outputChannels,
                                       ptrdiff_t firstInput, ptrdiff_t endInput, double *means, void *scratch) {
  DISPATCH(set, weighInputs, (scheme, filters, outputChannels, firstInput, endInput, means, scratch));
}

void convolution_winograd_scale_inputs(ptrdiff_t inputChannels, const double *means, float *channelScales) {
  double largest = 0;
  for (ptrdiff_t input = 0; input < inputChannels; input++) largest = fmax(largest, means[input]);
  for (ptrdiff_t input = 0; input < inputChannels; input++)
    channelScales[input] = means[input] > largest * deadPart ? (float)(means[input] / largest) : 0;
}

void convolution_winograd_find_direct(enum ConvolutionInstructionSet set, enum ConvolutionWinogradScheme scheme,
                                      const struct ConvolutionWinogradFilters *filters, ptrdiff_t inputChannels,
                                      ptrdiff_t firstOutput, ptrdiff_t endOutput, const double *means,
                                      const float *channelScales, bool *isDirect, void *scratch) {
  DISPATCH(set, findDirect,
           (scheme, filters, inputChannels, firstOutput, endOutput, means, channelScales, isDirect, scratch));
}
