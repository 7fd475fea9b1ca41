package import CConvolutionKernels

/// What the machine offers to this process.
package enum Processor {
  /// The number of cores that the calling thread may run on; those the process was started with where the system does
  /// not say.
  static var activeCores: Int {
    let count = Int(convolution_affinity().count)
    return count > 0 ? count : Int(convolution_process_cores())
  }

  /// The most that processor and system support.
  static let supportedInstructionSet = convolution_supported_instruction_set()

  /// The instructions that kernels use: ``supportedInstructionSet``, or less where the environment variable
  /// `SWIFT_CONVOLUTION_INSTRUCTION_SET` says so. A value that the processor does not support is reported on standard
  /// error, once.
  package static let instructionSet: ConvolutionInstructionSet = {
    guard let value = SystemText.environment(variable), !value.isEmpty else { return supportedInstructionSet }
    let (chosen, complaint) = choose(value, supported: supportedInstructionSet)
    if let complaint {
      let line = "swift-convolution: \(variable): \(complaint)\n"
      unsafe line.utf8.withContiguousStorageIfAvailable { bytes in
        unsafe convolution_write_error(bytes.baseAddress, bytes.count)
      }
    }
    return chosen
  }()

  private static let variable = "SWIFT_CONVOLUTION_INSTRUCTION_SET"

  /// From the least to the most, by the names that the environment variable knows.
  private static let names = [
    ("portable", ConvolutionInstructionSetPortable), ("avx2", ConvolutionInstructionSetAVX2),
    ("avx512", ConvolutionInstructionSetAVX512),
  ]

  /// The level for a name that was asked for, and a complaint where it is ignored.
  static func choose(
    _ wish: String, supported: ConvolutionInstructionSet
  ) -> (ConvolutionInstructionSet, complaint: String?) {
    let legal = names.filter { $0.1.rawValue <= supported.rawValue }
    if let chosen = legal.first(where: { $0.0 == wish })?.1 { return (chosen, nil) }
    let expected = legal.map { "\"\($0.0)\"" }.joined(separator: ", ")
    // What comes from outside must not break the line.
    return (supported, "expected one of \(expected) on this processor, got \(wish.debugDescription), which is ignored")
  }

  /// The name of a level as processors are described.
  static func words(for instructionSet: ConvolutionInstructionSet) -> String {
    switch instructionSet {
    case ConvolutionInstructionSetAVX512: return "AVX-512"
    case ConvolutionInstructionSetAVX2: return "AVX2 and FMA"
    default:
      #if arch(arm64)
        return "NEON"
      #else
        return "SSE2"
      #endif
    }
  }

  package static var supportedInWords: String { words(for: supportedInstructionSet) }

  package static var instructionSetName: String { name(of: instructionSet) }
  package static var supportedInstructionSetName: String { name(of: supportedInstructionSet) }

  private static func name(of instructionSet: ConvolutionInstructionSet) -> String {
    names.first { $0.1 == instructionSet }?.0 ?? ""
  }
}
