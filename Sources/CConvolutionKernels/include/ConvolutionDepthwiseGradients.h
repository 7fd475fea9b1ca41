#ifndef CONVOLUTION_DEPTHWISE_GRADIENTS_H
#define CONVOLUTION_DEPTHWISE_GRADIENTS_H

#include <stddef.h>

#include "ConvolutionProcessor.h"

/// Outputs `output ..< output + count` of one axis that read the indices from `source` on, a constant step apart.
struct ConvolutionRun {
  ptrdiff_t output, source, count;
};

/// The runs of every tap of one axis: those of tap t are `runs[first[t] ..< first[t + 1]]`. An output in no run of a tap
/// reads a zero.
struct ConvolutionRuns {
  ptrdiff_t kernel;
  const ptrdiff_t *first;
  const struct ConvolutionRun *runs;
};

/// One input channel of a depthwise convolution and the `multiplier` output channels that belong to it.
///
/// The kernels work on a staged plane: for one kernel column, what each output column reads, for every input row. Its
/// rows have the output's width and stand in `rowPhases` groups, row r as row `(r % rowPhases) * phaseRows +
/// r / rowPhases`, so that the rows which consecutive output rows read lie one after the other.
struct ConvolutionDepthwiseGradients {
  ptrdiff_t inputHeight, inputWidth, outputHeight, outputWidth;
  ptrdiff_t multiplier;
  ptrdiff_t rowPhases, phaseRows;
  ptrdiff_t columnStep;
  /// `source` is a row of the staged plane; sources of a run are 1 apart.
  struct ConvolutionRuns rows;
  /// `source` is a column of the input; sources of a run are `columnStep` apart.
  struct ConvolutionRuns columns;
};

/// Adds the weight's gradient from one image to `sums`.
///
/// - input: [inputHeight, inputWidth]
/// - outputGradient: [multiplier, outputHeight, outputWidth]
/// - sums: [multiplier, kernelHeight, kernelWidth]
/// - staged: workspace, [rowPhases * phaseRows, outputWidth]
void convolution_depthwise_weight_gradient_float(enum ConvolutionInstructionSet set,
                                                 const struct ConvolutionDepthwiseGradients *shape, const float *input,
                                                 const float *outputGradient, double *sums, float *staged);

/// The same for Double.
void convolution_depthwise_weight_gradient_double(enum ConvolutionInstructionSet set,
                                                  const struct ConvolutionDepthwiseGradients *shape,
                                                  const double *input, const double *outputGradient, double *sums,
                                                  double *staged);

/// Writes the input's gradient.
///
/// - outputGradient: [multiplier, outputHeight, outputWidth]
/// - weights: [multiplier, kernelHeight, kernelWidth]
/// - result: [inputHeight, inputWidth]
/// - staged: workspace, [rowPhases * phaseRows, outputWidth]
void convolution_depthwise_input_gradient_float(enum ConvolutionInstructionSet set,
                                                const struct ConvolutionDepthwiseGradients *shape,
                                                const float *outputGradient, const float *weights, float *result,
                                                float *staged);

/// The same for Double.
void convolution_depthwise_input_gradient_double(enum ConvolutionInstructionSet set,
                                                 const struct ConvolutionDepthwiseGradients *shape,
                                                 const double *outputGradient, const double *weights, double *result,
                                                 double *staged);

#endif
