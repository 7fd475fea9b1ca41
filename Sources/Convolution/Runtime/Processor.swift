private import CConvolutionKernels

/// What the machine offers to this process.
enum Processor {
  /// The number of cores that the process may run on, at least 1.
  static var activeCores: Int { max(1, Int(convolution_active_cores())) }
}
