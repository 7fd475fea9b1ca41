import CConvolutionKernels

extension DirectKernels {
  /// See `convolution_depthwise_square_float`.
  @safe static func depthwiseSquare<Scalar: ConvolutionScalar>(
    _ set: ConvolutionInstructionSet, _ shape: UnsafePointer<ConvolutionDepthwiseSquare>, channels: Int,
    rows: Range<Int>, input: UnsafePointer<Scalar>, weight: UnsafePointer<Scalar>, bias: UnsafePointer<Scalar>?,
    zeros: UnsafePointer<Scalar>, output: UnsafeMutablePointer<Scalar>
  ) {
    if Scalar.self == Float.self {
      unsafe convolution_depthwise_square_float(
        set, shape, channels, rows.lowerBound, rows.upperBound, cast(input), cast(weight),
        bias.map { unsafe cast($0) }, cast(zeros), cast(output))
    } else {
      unsafe convolution_depthwise_square_double(
        set, shape, channels, rows.lowerBound, rows.upperBound, cast(input), cast(weight),
        bias.map { unsafe cast($0) }, cast(zeros), cast(output))
    }
  }

  /// See `convolution_depthwise_square_weight_gradient_float`.
  @safe static func depthwiseSquareWeightGradient<Scalar: ConvolutionScalar>(
    _ set: ConvolutionInstructionSet, _ shape: UnsafePointer<ConvolutionDepthwiseSquare>, channels: Int,
    input: UnsafePointer<Scalar>, outputGradient: UnsafePointer<Scalar>, zeros: UnsafePointer<Scalar>,
    result: UnsafeMutablePointer<Scalar>
  ) {
    if Scalar.self == Float.self {
      unsafe convolution_depthwise_square_weight_gradient_float(
        set, shape, channels, cast(input), cast(outputGradient), cast(zeros), cast(result))
    } else {
      unsafe convolution_depthwise_square_weight_gradient_double(
        set, shape, channels, cast(input), cast(outputGradient), cast(zeros), cast(result))
    }
  }
  /// See `convolution_depthwise_square_input_gradient_float`.
  @safe static func depthwiseSquareInputGradient<Scalar: ConvolutionScalar>(
    _ set: ConvolutionInstructionSet, _ shape: UnsafePointer<ConvolutionDepthwiseSquare>, channels: Int,
    outputGradient: UnsafePointer<Scalar>, weight: UnsafePointer<Scalar>, result: UnsafeMutablePointer<Scalar>
  ) {
    if Scalar.self == Float.self {
      unsafe convolution_depthwise_square_input_gradient_float(
        set, shape, channels, cast(outputGradient), cast(weight), cast(result))
    } else {
      unsafe convolution_depthwise_square_input_gradient_double(
        set, shape, channels, cast(outputGradient), cast(weight), cast(result))
    }
  }
}
