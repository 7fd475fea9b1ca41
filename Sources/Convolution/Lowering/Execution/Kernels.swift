import CConvolutionKernels

extension ConvolutionScalar {
  /// The kernels for this scalar at a level.
  static func kernels(_ level: ConvolutionInstructionSet) -> UnsafePointer<ConvolutionKernels> {
    switch scalarFormat.kind {
    case .float32: unsafe convolution_kernels(level, ConvolutionScalarFloat)
    case .float64: unsafe convolution_kernels(level, ConvolutionScalarDouble)
    }
  }
}
