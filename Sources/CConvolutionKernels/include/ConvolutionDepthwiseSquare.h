#ifndef CONVOLUTION_DEPTHWISE_SQUARE_H
#define CONVOLUTION_DEPTHWISE_SQUARE_H

#include <stddef.h>

#include "ConvolutionProcessor.h"

/// A depthwise convolution whose kernel has 3, 5 or 7 rows and as many columns, without dilation, with stride 1 or 2 in
/// both directions and zeros outside; each input channel belongs to `multiplier` output channels.
///
/// Padding takes part in the products as the definition has it: zero times infinity is NaN.
struct ConvolutionDepthwiseSquare {
  ptrdiff_t inputHeight, inputWidth, outputHeight, outputWidth;
  ptrdiff_t paddingTop, paddingLeft;
  ptrdiff_t multiplier;
  int kernel, stride;
  /// Images, and the scalars from one image to the next.
  ptrdiff_t batch, inputImage, outputImage;
};

/// Computes the output rows `row ..< rowEnd` of one image, for `channels` input channels.
///
/// - input: [channels, inputHeight, inputWidth]
/// - weights: [channels * multiplier, kernel, kernel]
/// - bias: [channels * multiplier], or null
/// - zeros: `inputWidth` of them, the row of padding
/// - output: [channels * multiplier, outputHeight, outputWidth]
///
/// An output is the same sum in the same order whatever the range it is computed in.
void convolution_depthwise_square_float(enum ConvolutionInstructionSet set,
                                        const struct ConvolutionDepthwiseSquare *shape, ptrdiff_t channels,
                                        ptrdiff_t row, ptrdiff_t rowEnd, const float *input, const float *weights,
                                        const float *bias, const float *zeros, float *output);

/// The same for Double.
void convolution_depthwise_square_double(enum ConvolutionInstructionSet set,
                                         const struct ConvolutionDepthwiseSquare *shape, ptrdiff_t channels,
                                         ptrdiff_t row, ptrdiff_t rowEnd, const double *input, const double *weights,
                                         const double *bias, const double *zeros, double *output);

/// Writes the gradient of `channels` input channels' weights, summed over the batch.
///
/// - input: of the first image, [channels, inputHeight, inputWidth]
/// - outputGradient: of the first image, [channels * multiplier, outputHeight, outputWidth]
/// - zeros: `inputWidth` of them, the row of padding
/// - result: [channels * multiplier, kernel, kernel]
void convolution_depthwise_square_weight_gradient_float(enum ConvolutionInstructionSet set,
                                                        const struct ConvolutionDepthwiseSquare *shape,
                                                        ptrdiff_t channels, const float *input,
                                                        const float *outputGradient, const float *zeros,
                                                        float *result);

/// The same for Double.
void convolution_depthwise_square_weight_gradient_double(enum ConvolutionInstructionSet set,
                                                         const struct ConvolutionDepthwiseSquare *shape,
                                                         ptrdiff_t channels, const double *input,
                                                         const double *outputGradient, const double *zeros,
                                                         double *result);

/// Writes the gradient of `channels` channels of one image's input, for stride 2 and weights that are finite.
///
/// - outputGradient: [channels * multiplier, outputHeight, outputWidth]
/// - weights: [channels * multiplier, kernel, kernel]
/// - result: [channels, inputHeight, inputWidth]
void convolution_depthwise_square_input_gradient_float(enum ConvolutionInstructionSet set,
                                                       const struct ConvolutionDepthwiseSquare *shape,
                                                       ptrdiff_t channels, const float *outputGradient,
                                                       const float *weights, float *result);

/// The same for Double.
void convolution_depthwise_square_input_gradient_double(enum ConvolutionInstructionSet set,
                                                        const struct ConvolutionDepthwiseSquare *shape,
                                                        ptrdiff_t channels, const double *outputGradient,
                                                        const double *weights, double *result);

#endif
