#ifndef CONVOLUTION_DEPTHWISE_357_H
#define CONVOLUTION_DEPTHWISE_357_H

#include <stdbool.h>
#include <stddef.h>

#include "ConvolutionEpilogue.h"

/// A depthwise convolution whose kernel has 3, 5 or 7 rows and as many columns, without dilation, with stride 1 or 2 in
/// both directions and zeros outside; each input channel belongs to `multiplier` output channels.
///
/// Padding takes part in the products as the definition has it: zero times infinity is NaN.
struct ConvolutionDepthwise357 {
  ptrdiff_t inputHeight, inputWidth, outputHeight, outputWidth;
  ptrdiff_t paddingTop, paddingLeft;
  ptrdiff_t multiplier;
  int kernel, stride;
  /// Whether sums are made of short ones, so that none passes through more than 16 roundings (the input's gradient excepted):
  /// those of each kernel column, and of a few outputs.
  bool isStrict;
  /// Images, and the scalars from one image to the next.
  ptrdiff_t batch, inputImage, outputImage;
};

/// The kernels for one scalar and level. All pointers are to scalars of that type.
struct ConvolutionDepthwise357Kernels {
  /// Computes the output rows `row ..< rowEnd` of one image, for `channels` input channels.
  ///
  /// - input: [channels, inputHeight, inputWidth]
  /// - weights: [channels * multiplier, kernel, kernel]
  /// - zeros: `inputWidth` of them, the row of padding
  /// - output: [channels * multiplier, outputHeight, outputWidth]
  ///
  /// An output is the same sum in the same order whatever the range it is computed in.
  void (*forward)(const struct ConvolutionDepthwise357 *shape, ptrdiff_t channels, ptrdiff_t row, ptrdiff_t rowEnd,
                  const struct ConvolutionEpilogue *epilogue, const void *input, const void *weights, const void *zeros,
                  void *output);

  /// Writes the gradient of `channels` channels of one image's input, for stride 2 and weights that are finite.
  ///
  /// - outputGradient: [channels * multiplier, outputHeight, outputWidth]
  /// - weights: [channels * multiplier, kernel, kernel]
  /// - epilogue: of the first channel, whose outputs the gradient is
  /// - result: [channels, inputHeight, inputWidth]
  void (*input_gradient)(const struct ConvolutionDepthwise357 *shape, ptrdiff_t channels,
                         const struct ConvolutionEpilogue *epilogue, const void *outputGradient, const void *weights,
                         void *result);

  /// Writes the gradient of `channels` input channels' weights, summed over the batch.
  ///
  /// - input: of the first image, [channels, inputHeight, inputWidth]
  /// - outputGradient: of the first image, [channels * multiplier, outputHeight, outputWidth]
  /// - zeros: `inputWidth` of them, the row of padding
  /// - result: [channels * multiplier, kernel, kernel]
  void (*weight_gradient)(const struct ConvolutionDepthwise357 *shape, ptrdiff_t channels, const void *input,
                          const void *outputGradient, const void *zeros, void *result);
};

#endif
