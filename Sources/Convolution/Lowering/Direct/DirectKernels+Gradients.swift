import CConvolutionKernels

extension DirectKernels {
  /// See `convolution_depthwise_weight_gradient_float`.
  @safe static func depthwiseWeightGradient<Scalar: ConvolutionScalar>(
    _ set: ConvolutionInstructionSet, _ shape: UnsafePointer<ConvolutionDepthwiseGradients>,
    input: UnsafePointer<Scalar>, outputGradient: UnsafePointer<Scalar>, sums: UnsafeMutablePointer<Double>,
    staged: UnsafeMutablePointer<Scalar>
  ) {
    if Scalar.self == Float.self {
      unsafe convolution_depthwise_weight_gradient_float(
        set, shape, cast(input), cast(outputGradient), sums, cast(staged))
    } else {
      unsafe convolution_depthwise_weight_gradient_double(
        set, shape, cast(input), cast(outputGradient), sums, cast(staged))
    }
  }

  /// See `convolution_depthwise_input_gradient_float`.
  @safe static func depthwiseInputGradient<Scalar: ConvolutionScalar>(
    _ set: ConvolutionInstructionSet, _ shape: UnsafePointer<ConvolutionDepthwiseGradients>,
    outputGradient: UnsafePointer<Scalar>, weight: UnsafePointer<Scalar>, result: UnsafeMutablePointer<Scalar>,
    staged: UnsafeMutablePointer<Scalar>
  ) {
    if Scalar.self == Float.self {
      unsafe convolution_depthwise_input_gradient_float(
        set, shape, cast(outputGradient), cast(weight), cast(result), cast(staged))
    } else {
      unsafe convolution_depthwise_input_gradient_double(
        set, shape, cast(outputGradient), cast(weight), cast(result), cast(staged))
    }
  }
}
