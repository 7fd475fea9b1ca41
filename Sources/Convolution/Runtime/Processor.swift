package import CConvolutionKernels
private import Glibc

/// What the machine offers to this process.
package enum Processor {
  /// The number of cores that the process may run on, at least 1.
  static var activeCores: Int { max(1, Int(convolution_active_cores())) }

  /// The most that processor and system support.
  static let supportedInstructionSet = convolution_supported_instruction_set()

  /// The instructions that kernels use: ``supportedInstructionSet``, or less where the environment variable
  /// `SWIFT_CONVOLUTION_INSTRUCTION_SET` says `portable`, `avx2` or `avx512`.
  package static let instructionSet: ConvolutionInstructionSet = {
    let supported = supportedInstructionSet
    guard let value = unsafe getenv("SWIFT_CONVOLUTION_INSTRUCTION_SET") else { return supported }
    let wanted: ConvolutionInstructionSet =
      switch unsafe String(cString: value) {
      case "portable": ConvolutionInstructionSetPortable
      case "avx2": ConvolutionInstructionSetAVX2
      default: supported
      }
    return wanted.rawValue < supported.rawValue ? wanted : supported
  }()
}
