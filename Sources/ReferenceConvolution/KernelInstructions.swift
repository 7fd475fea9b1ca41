import Convolution

/// Which instructions the library's kernels use: `portable`, `avx2` or `avx512`.
public enum KernelInstructions {
  /// Those in force, which `SWIFT_CONVOLUTION_INSTRUCTION_SET` may have kept to less than ``supported``.
  public static var inForce: String { Processor.instructionSetName }

  /// The most that processor and system support.
  public static var supported: String { Processor.supportedInstructionSetName }

  /// ``supported`` as processors are described, such as `AVX2 and FMA`.
  public static var supportedInWords: String { Processor.supportedInWords }

  /// What `OPENBLAS_CORETYPE` should say where OpenBLAS by itself takes kernels below ``supported``; else `nil`.
  public static var openBLASCoreToAskFor: String? { OpenBLAS.coreToAskFor }
}
