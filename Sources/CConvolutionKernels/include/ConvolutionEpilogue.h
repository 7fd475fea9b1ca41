#ifndef CONVOLUTION_EPILOGUE_H
#define CONVOLUTION_EPILOGUE_H

/// What happens to a finished sum.
enum ConvolutionEpilogueActivation {
  ConvolutionEpilogueActivationNone = 0,
  /// Limited to `low ... high`; ReLU is 0 ... infinity.
  ConvolutionEpilogueActivationClamp = 1,
  /// Multiplied by the channel's slope, or by `low` where there are no slopes, unless it is positive.
  ConvolutionEpilogueActivationLeaky = 2,
  /// x · min(max(x + 3, 0), 6) / 6.
  ConvolutionEpilogueActivationHardswish = 3
};

/// From a sum to an output, in this order: plus the channel's bias, plus the residual, activated. NaN stays NaN. The bits are
/// those of the three steps one after the other.
struct ConvolutionEpilogue {
  /// One value for each output channel of the group, or null.
  const void *bias;
  /// A tensor of the output's layout that the output does not overlap, or null.
  const void *residual;
  /// One value for each output channel of the group, or null.
  const void *slopes;
  enum ConvolutionEpilogueActivation activation;
  double low, high;
};

#endif
