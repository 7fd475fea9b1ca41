#ifndef CONVOLUTION_DEPTHWISE_H
#define CONVOLUTION_DEPTHWISE_H

#include <stddef.h>

#include "ConvolutionBorders.h"
#include "ConvolutionProcessor.h"

/// Output rows that a depthwise kernel computes side by side: the block of its row map.
enum { ConvolutionDepthwiseRows = 7 };

/// The shape of a depthwise convolution: every input channel has filters of its own, `multiplier` of them.
struct ConvolutionDepthwise {
  ptrdiff_t inputHeight, inputWidth;
  ptrdiff_t multiplier;
  struct ConvolutionRowMap rows;
  /// Where rows are read as they lie, tap column k of output column j is the input column `j * columnStep + offsets[k]`,
  /// or zero where the input has no such column, and `columnStep` is 1 or 2. Otherwise `columnStep` is 1.
  struct ConvolutionColumnMap columns;
  ptrdiff_t columnStep;
};

/// The bytes of workspace that one call needs, for scalars of `scalarBytes`.
size_t convolution_depthwise_workspace_bytes(const struct ConvolutionDepthwise *shape, size_t scalarBytes);

/// Computes the output rows `firstRow ..< firstRow + rowCount` of every output channel that belongs to the input
/// channels `firstChannel ..< firstChannel + channelCount` of one image.
///
/// - input: [channels, inputHeight, inputWidth]
/// - weights: [channels * multiplier, kernelHeight, kernelWidth]
/// - bias: [channels * multiplier], or null
/// - output: [channels * multiplier, outputHeight, outputWidth]; every scalar of the range is written, no other
/// - workspace: `convolution_depthwise_workspace_bytes`, aligned to 64 bytes, not shared with a concurrent call
///
/// An output is the same sum in the same order whatever the range it is computed in.
void convolution_depthwise_float(enum ConvolutionInstructionSet set, const struct ConvolutionDepthwise *shape,
                                 const float *input, const float *weights, const float *bias, float *output,
                                 ptrdiff_t firstChannel, ptrdiff_t channelCount, ptrdiff_t firstRow,
                                 ptrdiff_t rowCount, void *workspace);

/// The same for Double.
void convolution_depthwise_double(enum ConvolutionInstructionSet set, const struct ConvolutionDepthwise *shape,
                                  const double *input, const double *weights, const double *bias, double *output,
                                  ptrdiff_t firstChannel, ptrdiff_t channelCount, ptrdiff_t firstRow,
                                  ptrdiff_t rowCount, void *workspace);

#endif
