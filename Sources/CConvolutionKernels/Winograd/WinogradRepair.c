#include "WinogradRepair.h"
#include <math.h>

// One output. The sum is exact enough in double that it overflows only where the rounded result does; once it is NaN it
// stays so.
static float definition(const struct ConvolutionWinogradLayer *layer, const struct ConvolutionWinogradFilters *filters,
                        ptrdiff_t channel, const int32_t *rowSources, const int32_t *columnSources, float bias,
                        const float *input) {
  const ptrdiff_t planeStride = layer->inputHeight * layer->inputWidth;
  double sum = bias;
  for (ptrdiff_t inputChannel = 0; inputChannel < layer->inputChannels && !isnan(sum); inputChannel++) {
    const float *taps =
        filters->weights + channel * filters->outputChannelStride + inputChannel * filters->inputChannelStride;
    const float *plane = input + inputChannel * planeStride;
    for (int row = 0; row < 3; row++)
      for (int column = 0; column < 3; column++) {
        const int32_t y = rowSources[row * layer->rows.step], x = columnSources[column * layer->columns.step];
        const double value = y >= 0 && x >= 0 ? plane[y * layer->inputWidth + x] : 0;
        const int tap = 3 * row + column;
        sum += value * taps[filters->rotated ? 8 - tap : tap];
      }
  }
  return (float)sum;
}

void winograd_repair(const struct ConvolutionWinogradLayer *layer, const struct WinogradSpan *rows,
                     const struct WinogradSpan *columns, ptrdiff_t firstChannel, ptrdiff_t endChannel,
                     const struct ConvolutionWinogradFilters *filters, const float *bias, const float *input,
                     float *output) {
  const int stride = winograd_stride(layer->scheme);
  for (ptrdiff_t channel = firstChannel; channel < endChannel; channel++) {
    float *plane = output + channel * layer->outputHeight * layer->outputWidth;
    for (ptrdiff_t row = rows->firstOutput; row < rows->firstOutput + rows->outputs; row++)
      for (ptrdiff_t column = columns->firstOutput; column < columns->firstOutput + columns->outputs; column++) {
        if (row >= layer->outputHeight || column >= layer->outputWidth) continue;
        float *value = plane + row * layer->outputWidth + column;
        if (!isfinite(*value))
          *value = definition(layer, filters, channel, layer->rows.sources + row * stride,
                              layer->columns.sources + column * stride, bias ? bias[channel] : 0, input);
      }
  }
}
