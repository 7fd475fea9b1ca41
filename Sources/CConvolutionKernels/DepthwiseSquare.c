#include "include/ConvolutionDepthwiseSquare.h"

#include "Precision.h"

#define KERNEL_SOURCE "EachPrecision.inc"
#define PRECISION_SOURCE "DepthwiseSquare.inc"
#include "Instantiate.h"

void convolution_depthwise_square_float(enum ConvolutionInstructionSet set,
                                        const struct ConvolutionDepthwiseSquare *shape, ptrdiff_t channels,
                                        ptrdiff_t row, ptrdiff_t row_end, const float *input, const float *weights,
                                        const float *bias, const float *zeros, float *output) {
  DISPATCH(set, depthwise_square_float, (shape, channels, row, row_end, input, weights, bias, zeros, output));
}

void convolution_depthwise_square_double(enum ConvolutionInstructionSet set,
                                         const struct ConvolutionDepthwiseSquare *shape, ptrdiff_t channels,
                                         ptrdiff_t row, ptrdiff_t row_end, const double *input, const double *weights,
                                         const double *bias, const double *zeros, double *output) {
  DISPATCH(set, depthwise_square_double, (shape, channels, row, row_end, input, weights, bias, zeros, output));
}

void convolution_depthwise_square_weight_gradient_float(enum ConvolutionInstructionSet set,
                                                        const struct ConvolutionDepthwiseSquare *shape,
                                                        ptrdiff_t channels, const float *input,
                                                        const float *output_gradient, const float *zeros,
                                                        float *result) {
  DISPATCH(set, depthwise_square_weight_gradient_float,
           (shape, channels, input, output_gradient, zeros, result));
}

void convolution_depthwise_square_weight_gradient_double(enum ConvolutionInstructionSet set,
                                                         const struct ConvolutionDepthwiseSquare *shape,
                                                         ptrdiff_t channels, const double *input,
                                                         const double *output_gradient, const double *zeros,
                                                         double *result) {
  DISPATCH(set, depthwise_square_weight_gradient_double,
           (shape, channels, input, output_gradient, zeros, result));
}

void convolution_depthwise_square_input_gradient_float(enum ConvolutionInstructionSet set,
                                                       const struct ConvolutionDepthwiseSquare *shape,
                                                       ptrdiff_t channels, const float *output_gradient,
                                                       const float *weights, float *result) {
  DISPATCH(set, depthwise_square_input_gradient_float, (shape, channels, output_gradient, weights, result));
}

void convolution_depthwise_square_input_gradient_double(enum ConvolutionInstructionSet set,
                                                        const struct ConvolutionDepthwiseSquare *shape,
                                                        ptrdiff_t channels, const double *output_gradient,
                                                        const double *weights, double *result) {
  DISPATCH(set, depthwise_square_input_gradient_double, (shape, channels, output_gradient, weights, result));
}
