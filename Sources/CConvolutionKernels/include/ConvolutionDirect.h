#ifndef CONVOLUTION_DIRECT_H
#define CONVOLUTION_DIRECT_H

#include <stddef.h>

#include "ConvolutionBorders.h"
#include "ConvolutionProcessor.h"

/// Output channels that the direct kernel computes side by side.
enum { ConvolutionDirectPanel = 4 };

/// The shape of one group of a direct convolution with few channels. Output pixels lie in the vector lanes, and every
/// input row is staged, so that any stride reads neighbours.
struct ConvolutionDirect {
  ptrdiff_t inputChannels, inputHeight, inputWidth;
  ptrdiff_t outputChannels;
  struct ConvolutionRowMap rows;
  struct ConvolutionColumnMap columns; // staged
  /// Output rows whose input is staged at a time.
  ptrdiff_t rowsPerBlock;
  /// Input channels that are staged at a time. An output's sum depends on it.
  ptrdiff_t channelsPerPart;
};

/// The bytes of workspace that one call needs which computes `outputCount` channels, for scalars of `scalarBytes`.
size_t convolution_direct_workspace_bytes(enum ConvolutionInstructionSet set, const struct ConvolutionDirect *shape,
                                          ptrdiff_t outputCount, size_t scalarBytes);

/// Computes the output rows `firstRow ..< firstRow + rowCount` of the output channels
/// `firstOutput ..< firstOutput + outputCount` of one group of one image. `firstOutput` is a multiple of
/// `ConvolutionDirectPanel`.
///
/// - input: [inputChannels, inputHeight, inputWidth]
/// - weights: packed, [outputChannels / panel, inputChannels, kernelHeight, kernelWidth, panel], where the last panel
///   is filled up with zeros
/// - bias: [outputChannels], or null
/// - output: [outputChannels, outputHeight, outputWidth]; every scalar of the range is written, no other
/// - workspace: `convolution_direct_workspace_bytes`, aligned to 64 bytes, not shared with a concurrent call
///
/// An output is the same sum in the same order whatever the range it is computed in.
void convolution_direct_float(enum ConvolutionInstructionSet set, const struct ConvolutionDirect *shape,
                              const float *input, const float *weights, const float *bias, float *output,
                              ptrdiff_t firstOutput, ptrdiff_t outputCount, ptrdiff_t firstRow, ptrdiff_t rowCount,
                              void *workspace);

/// The same for Double.
void convolution_direct_double(enum ConvolutionInstructionSet set, const struct ConvolutionDirect *shape,
                               const double *input, const double *weights, const double *bias, double *output,
                               ptrdiff_t firstOutput, ptrdiff_t outputCount, ptrdiff_t firstRow, ptrdiff_t rowCount,
                               void *workspace);

#endif
