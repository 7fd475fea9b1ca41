#include "include/ConvolutionDepthwiseGradients.h"

#include "Precision.h"

ptrdiff_t convolution_depthwise_staged_scalars(const struct ConvolutionDepthwiseGradients *shape) {
  return shape->row_phases * shape->phase_rows * shape->output_width;
}

// The staged plane's row that holds an input row.
static ptrdiff_t staged_row(const struct ConvolutionDepthwiseGradients *shape, ptrdiff_t row) {
  return row % shape->row_phases * shape->phase_rows + row / shape->row_phases;
}

#define KERNEL_SOURCE "EachPrecision.inc"
#define PRECISION_SOURCE "DepthwiseGradients.inc"
#include "Instantiate.h"

void convolution_depthwise_weight_gradient_float(enum ConvolutionInstructionSet set,
                                                 const struct ConvolutionDepthwiseGradients *shape, const float *input,
                                                 const float *output_gradient, double *sums, float *staged) {
  DISPATCH(set, depthwise_weight_gradient_float, (shape, input, output_gradient, sums, staged));
}

void convolution_depthwise_weight_gradient_double(enum ConvolutionInstructionSet set,
                                                  const struct ConvolutionDepthwiseGradients *shape,
                                                  const double *input, const double *output_gradient, double *sums,
                                                  double *staged) {
  DISPATCH(set, depthwise_weight_gradient_double, (shape, input, output_gradient, sums, staged));
}

void convolution_depthwise_input_gradient_float(enum ConvolutionInstructionSet set,
                                                const struct ConvolutionDepthwiseGradients *shape,
                                                const float *output_gradient, const float *weights, float *result,
                                                float *staged) {
  DISPATCH(set, depthwise_input_gradient_float, (shape, output_gradient, weights, result, staged));
}

void convolution_depthwise_input_gradient_double(enum ConvolutionInstructionSet set,
                                                 const struct ConvolutionDepthwiseGradients *shape,
                                                 const double *output_gradient, const double *weights, double *result,
                                                 double *staged) {
  DISPATCH(set, depthwise_input_gradient_double, (shape, output_gradient, weights, result, staged));
}
