#include "../include/ConvolutionWinograd.h"
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

// The sums of one output channel's relative weights, at each tap and of all, and how many of them are tiny. The sum of the
// weights as they are, and the largest: channels of like values count like that.
struct Balance {
  double taps[9], all, sum;
  float largest;
  ptrdiff_t tiny;
};

// Calls `visit` with every pair of channels in the order of memory. `taps` are the nine weights of the pair.
#define FOR_EACH_FILTER(visit)                                                                              \
  do {                                                                                                      \
    const bool outputsOutside = filters->outputChannelStride >= filters->inputChannelStride;                \
    const ptrdiff_t outer = outputsOutside ? outputChannels : inputChannels;                                \
    const ptrdiff_t inner = outputsOutside ? inputChannels : outputChannels;                                \
    for (ptrdiff_t first = 0; first < outer; first++)                                                       \
      for (ptrdiff_t second = 0; second < inner; second++) {                                                \
        const ptrdiff_t output = outputsOutside ? first : second, input = outputsOutside ? second : first;  \
        const float *taps =                                                                                 \
            filters->weights + output * filters->outputChannelStride + input * filters->inputChannelStride; \
        visit                                                                                               \
      }                                                                                                     \
  } while (0)

size_t convolution_winograd_balance_size(ptrdiff_t inputChannels, ptrdiff_t outputChannels) {
  return inputChannels * sizeof(double) + outputChannels * sizeof(struct Balance);
}

ptrdiff_t convolution_winograd_balance_filters(const struct ConvolutionWinogradFilters *filters,
                                               ptrdiff_t inputChannels, ptrdiff_t outputChannels, float *channelScales,
                                               int32_t *directChannels, void *scratch) {
  double *means = scratch;
  struct Balance *balances = (struct Balance *)(means + inputChannels);
  for (ptrdiff_t input = 0; input < inputChannels; input++) means[input] = 0;
  FOR_EACH_FILTER({
    double sum = 0;
    for (int tap = 0; tap < 9; tap++) sum += fabsf(taps[tap]);
    means[input] += sum / (9 * outputChannels);
  });
  double largest = 0;
  for (ptrdiff_t input = 0; input < inputChannels; input++) largest = fmax(largest, means[input]);
  ptrdiff_t live = 0;
  for (ptrdiff_t input = 0; input < inputChannels; input++) {
    const bool isLive = means[input] > largest * deadPart;
    channelScales[input] = isLive ? (float)(means[input] / largest) : 0;
    live += isLive;
  }
  for (ptrdiff_t output = 0; output < outputChannels; output++) balances[output] = (struct Balance){};
  FOR_EACH_FILTER({
    if (channelScales[input] == 0) continue;
    const double scale = 1 / means[input];
    for (int tap = 0; tap < 9; tap++) balances[output].taps[tap] += fabsf(taps[tap]) * scale;
  });
  for (ptrdiff_t output = 0; output < outputChannels; output++)
    for (int tap = 0; tap < 9; tap++) balances[output].all += balances[output].taps[tap];
  FOR_EACH_FILTER({
    if (channelScales[input] == 0) continue;
    const double tiny = tinyPart * means[input] * (balances[output].all / (9 * live));
    for (int tap = 0; tap < 9; tap++) {
      balances[output].tiny += fabsf(taps[tap]) < tiny;
      balances[output].sum += fabsf(taps[tap]);
      balances[output].largest = fmaxf(balances[output].largest, fabsf(taps[tap]));
    }
  });
  ptrdiff_t count = 0;
  for (ptrdiff_t output = 0; output < outputChannels; output++) {
    const struct Balance *balance = &balances[output];
    double least = balance->taps[0], most = balance->taps[0];
    for (int tap = 1; tap < 9; tap++) {
      least = fmin(least, balance->taps[tap]);
      most = fmax(most, balance->taps[tap]);
    }
    const bool isThin = 4 * balance->tiny > 9 * live;
    const double part = fmax(concentratedPart, concentratedTimes / (9 * live));
    if (least < most * maskedPart || isThin || balance->largest > part * balance->sum)
      directChannels[count++] = (int32_t)output;
  }
  return count;
}
