#include "../include/ConvolutionWinograd.h"
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

// The sums of one filter's relative weights, at each tap and of all, and how many of them are tiny. The sum of the
// weights as they are, and the largest: channels of like values count like that.
struct Balance {
  double taps[9], all, sum;
  float largest;
  ptrdiff_t tiny;
};

// Calls `visit` with every pair of channels in the order of memory, and there with every phase: `filter` is that of the output
// channel, and `TAP(tap)` one of its weights.
#define FOR_EACH_FILTER(visit)                                                                              \
  do {                                                                                                      \
    const bool outputsOutside = filters->outputChannelStride >= filters->inputChannelStride;                \
    const ptrdiff_t outer = outputsOutside ? outputChannels : inputChannels;                                \
    const ptrdiff_t inner = outputsOutside ? inputChannels : outputChannels;                                \
    for (ptrdiff_t first = 0; first < outer; first++)                                                       \
      for (ptrdiff_t second = 0; second < inner; second++) {                                                \
        const ptrdiff_t output = outputsOutside ? first : second, input = outputsOutside ? second : first;  \
        const float *weights =                                                                              \
            filters->weights + output * filters->outputChannelStride + input * filters->inputChannelStride; \
        for (int phase = 0; phase < phases; phase++) {                                                      \
          const ptrdiff_t filter = output * phases + phase;                                                 \
          (void)filter; /* which not every visit asks for */                                                \
          visit                                                                                             \
        }                                                                                                   \
      }                                                                                                     \
  } while (0)

#define TAP(tap) fabsf(weights[winograd_weight(scheme, false, phase, tap)])

static int phasesOf(enum ConvolutionWinogradScheme scheme) { return winograd_phases(scheme) * winograd_phases(scheme); }

size_t convolution_winograd_balance_size(enum ConvolutionWinogradScheme scheme, ptrdiff_t inputChannels,
                                         ptrdiff_t outputChannels) {
  return inputChannels * sizeof(double) + outputChannels * phasesOf(scheme) * sizeof(struct Balance);
}

ptrdiff_t convolution_winograd_balance_filters(
    enum ConvolutionWinogradScheme scheme, const struct ConvolutionWinogradFilters *filters, ptrdiff_t inputChannels,
    ptrdiff_t outputChannels, float *channelScales, int32_t *directChannels, void *scratch) {
  const int phases = phasesOf(scheme), taps = winograd_taps(scheme) * winograd_taps(scheme);
  const ptrdiff_t filterCount = outputChannels * phases;
  double *means = scratch;
  struct Balance *balances = (struct Balance *)(means + inputChannels);
  for (ptrdiff_t input = 0; input < inputChannels; input++) means[input] = 0;
  FOR_EACH_FILTER({
    double sum = 0;
    for (int tap = 0; tap < taps; tap++) sum += TAP(tap);
    means[input] += sum / (taps * filterCount);
  });
  double largest = 0;
  for (ptrdiff_t input = 0; input < inputChannels; input++) largest = fmax(largest, means[input]);
  ptrdiff_t live = 0;
  for (ptrdiff_t input = 0; input < inputChannels; input++) {
    const bool isLive = means[input] > largest * deadPart;
    channelScales[input] = isLive ? (float)(means[input] / largest) : 0;
    live += isLive;
  }
  for (ptrdiff_t filter = 0; filter < filterCount; filter++) balances[filter] = (struct Balance){};
  FOR_EACH_FILTER({
    if (channelScales[input] == 0) continue;
    const double scale = 1 / means[input];
    for (int tap = 0; tap < taps; tap++) balances[filter].taps[tap] += TAP(tap) * scale;
  });
  for (ptrdiff_t filter = 0; filter < filterCount; filter++)
    for (int tap = 0; tap < taps; tap++) balances[filter].all += balances[filter].taps[tap];
  FOR_EACH_FILTER({
    if (channelScales[input] == 0) continue;
    const double tiny = tinyPart * means[input] * (balances[filter].all / (taps * live));
    for (int tap = 0; tap < taps; tap++) {
      balances[filter].tiny += TAP(tap) < tiny;
      balances[filter].sum += TAP(tap);
      balances[filter].largest = fmaxf(balances[filter].largest, TAP(tap));
    }
  });
  ptrdiff_t count = 0;
  for (ptrdiff_t filter = 0; filter < filterCount; filter++) {
    const struct Balance *balance = &balances[filter];
    double least = balance->taps[0], most = balance->taps[0];
    for (int tap = 1; tap < taps; tap++) {
      least = fmin(least, balance->taps[tap]);
      most = fmax(most, balance->taps[tap]);
    }
    const bool isThin = 4 * balance->tiny > taps * live;
    const double part = fmax(concentratedPart, concentratedTimes / (taps * live));
    const bool isDirect = least < most * maskedPart || isThin || balance->largest > part * balance->sum;
    const int32_t output = (int32_t)(filter / phases);
    // One phase is enough.
    if (isDirect && (count == 0 || directChannels[count - 1] != output)) directChannels[count++] = output;
  }
  return count;
}
