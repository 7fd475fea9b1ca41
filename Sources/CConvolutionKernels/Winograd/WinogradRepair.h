#ifndef WINOGRAD_REPAIR_H
#define WINOGRAD_REPAIR_H

#include "WinogradLayout.h"

// Computes again, by the definition, every output of these rows, columns and channels that is not finite.
void winograd_repair(const struct ConvolutionWinogradLayer *layer, const struct WinogradSpan *rows,
                     const struct WinogradSpan *columns, ptrdiff_t firstChannel, ptrdiff_t endChannel,
                     const struct ConvolutionWinogradFilters *filters, const float *bias, const float *input,
                     float *output);

#endif
