#include "include/ConvolutionDepthwiseGradients.h"

#include "Precision.h"

// Scalars of the staged plane.
static ptrdiff_t stagedScalars(const struct ConvolutionDepthwiseGradients *shape) {
  return shape->rowPhases * shape->phaseRows * shape->outputWidth;
}

// The staged plane's row that holds an input row.
static ptrdiff_t stagedRow(const struct ConvolutionDepthwiseGradients *shape, ptrdiff_t row) {
  return row % shape->rowPhases * shape->phaseRows + row / shape->rowPhases;
}

#define KERNEL_SOURCE "EachPrecision.inc"
#define PRECISION_SOURCE "DepthwiseGradients.inc"
#include "Instantiate.h"

void convolution_depthwise_weight_gradient_float(enum ConvolutionInstructionSet set,
                                                 const struct ConvolutionDepthwiseGradients *shape, const float *input,
                                                 const float *outputGradient, double *sums, float *staged) {
  DISPATCH(set, depthwiseWeightGradient_float, (shape, input, outputGradient, sums, staged));
}

void convolution_depthwise_weight_gradient_double(enum ConvolutionInstructionSet set,
                                                  const struct ConvolutionDepthwiseGradients *shape,
                                                  const double *input, const double *outputGradient, double *sums,
                                                  double *staged) {
  DISPATCH(set, depthwiseWeightGradient_double, (shape, input, outputGradient, sums, staged));
}

void convolution_depthwise_input_gradient_float(enum ConvolutionInstructionSet set,
                                                const struct ConvolutionDepthwiseGradients *shape,
                                                const float *outputGradient, const float *weights, float *result,
                                                float *staged) {
  DISPATCH(set, depthwiseInputGradient_float, (shape, outputGradient, weights, result, staged));
}

void convolution_depthwise_input_gradient_double(enum ConvolutionInstructionSet set,
                                                 const struct ConvolutionDepthwiseGradients *shape,
                                                 const double *outputGradient, const double *weights, double *result,
                                                 double *staged) {
  DISPATCH(set, depthwiseInputGradient_double, (shape, outputGradient, weights, result, staged));
}
