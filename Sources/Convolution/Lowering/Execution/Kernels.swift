import CConvolutionKernels

extension ConvolutionScalar {
  /// The kernels for this scalar at a level.
  static func kernels(_ level: ConvolutionInstructionSet) -> UnsafePointer<ConvolutionKernels> {
    unsafe convolution_kernels(level, Self.self == Float.self ? ConvolutionScalarFloat : ConvolutionScalarDouble)
  }
}
