#include "include/ConvolutionDepthwiseSquare.h"

#include "Precision.h"

#define KERNEL_SOURCE "EachPrecision.inc"
#define PRECISION_SOURCE "DepthwiseSquare.inc"
#include "Instantiate.h"

void convolution_depthwise_square_float(enum ConvolutionInstructionSet set,
                                        const struct ConvolutionDepthwiseSquare *shape, ptrdiff_t channels,
                                        ptrdiff_t row, ptrdiff_t rowEnd, const float *input, const float *weights,
                                        const float *bias, const float *zeros, float *output) {
  DISPATCH(set, depthwiseSquare_float, (shape, channels, row, rowEnd, input, weights, bias, zeros, output));
}

void convolution_depthwise_square_double(enum ConvolutionInstructionSet set,
                                         const struct ConvolutionDepthwiseSquare *shape, ptrdiff_t channels,
                                         ptrdiff_t row, ptrdiff_t rowEnd, const double *input, const double *weights,
                                         const double *bias, const double *zeros, double *output) {
  DISPATCH(set, depthwiseSquare_double, (shape, channels, row, rowEnd, input, weights, bias, zeros, output));
}

void convolution_depthwise_square_weight_gradient_float(enum ConvolutionInstructionSet set,
                                                        const struct ConvolutionDepthwiseSquare *shape,
                                                        ptrdiff_t channels, const float *input,
                                                        const float *outputGradient, const float *zeros,
                                                        float *result) {
  DISPATCH(set, depthwiseSquareWeightGradient_float,
           (shape, channels, input, outputGradient, zeros, result));
}

void convolution_depthwise_square_weight_gradient_double(enum ConvolutionInstructionSet set,
                                                         const struct ConvolutionDepthwiseSquare *shape,
                                                         ptrdiff_t channels, const double *input,
                                                         const double *outputGradient, const double *zeros,
                                                         double *result) {
  DISPATCH(set, depthwiseSquareWeightGradient_double,
           (shape, channels, input, outputGradient, zeros, result));
}

void convolution_depthwise_square_input_gradient_float(enum ConvolutionInstructionSet set,
                                                       const struct ConvolutionDepthwiseSquare *shape,
                                                       ptrdiff_t channels, const float *outputGradient,
                                                       const float *weights, float *result) {
  DISPATCH(set, depthwiseSquareInputGradient_float, (shape, channels, outputGradient, weights, result));
}

void convolution_depthwise_square_input_gradient_double(enum ConvolutionInstructionSet set,
                                                        const struct ConvolutionDepthwiseSquare *shape,
                                                        ptrdiff_t channels, const double *outputGradient,
                                                        const double *weights, double *result) {
  DISPATCH(set, depthwiseSquareInputGradient_double, (shape, channels, outputGradient, weights, result));
}
