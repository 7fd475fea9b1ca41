import CConvolutionKernels

/// What the machine offers to this process.
enum Processor {
  /// The number of cores that the calling thread may run on; those the process was started with where the system does
  /// not say.
  static var activeCores: Int {
    let count = Int(convolution_affinity().count)
    return count > 0 ? count : Int(convolution_process_cores())
  }

  /// The most that processor and system support.
  static let supportedInstructionSet = convolution_supported_instruction_set()

  /// The instructions that kernels use: ``supportedInstructionSet``, or less where the environment variable
  /// `SWIFT_CONVOLUTION_INSTRUCTION_SET` says `portable`, `avx2` or `avx512`.
  static let instructionSet: ConvolutionInstructionSet = {
    let supported = supportedInstructionSet
    let wanted: ConvolutionInstructionSet =
      switch SystemText.environment("SWIFT_CONVOLUTION_INSTRUCTION_SET") {
      case "portable": ConvolutionInstructionSetPortable
      case "avx2": ConvolutionInstructionSetAVX2
      default: supported
      }
    return wanted.rawValue < supported.rawValue ? wanted : supported
  }()
}
