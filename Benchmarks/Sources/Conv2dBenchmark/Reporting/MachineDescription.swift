import Convolution
import Foundation
import ReferenceConvolution

/// The machine and the libraries of a run, for the head of a report.
struct MachineDescription: Codable, Sendable {
  var processor: String
  var cores: Int
  var instructionSet: String
  /// What `SWIFT_CONVOLUTION_INSTRUCTION_SET` keeps the package's own kernels to, where that is less.
  var instructionSetForcedByEnvironment: String?
  var openBLASVersion, openBLASCore: String
  /// The value of `OPENBLAS_CORETYPE`, where it is set.
  var openBLASCoreForcedByEnvironment: String?
  /// How many threads OpenBLAS itself uses for a product.
  var openBLASThreads: Int

  init() {
    let information = Self.processorInformation()
    processor = information["model name"] ?? "unknown processor"
    cores = ProcessInfo.processInfo.activeProcessorCount
    let supported = KernelInstructions.supported
    instructionSet = Self.words[supported] ?? supported
    instructionSetForcedByEnvironment = KernelInstructions.inForce == supported ? nil : KernelInstructions.inForce
    openBLASVersion = OpenBLAS.version
    openBLASCore = OpenBLAS.core
    openBLASCoreForcedByEnvironment = OpenBLAS.coreForcedByEnvironment
    openBLASThreads = OpenBLAS.threads
  }

  /// What the package's own kernels may use.
  var kernelInstructionSet: String {
    instructionSetForcedByEnvironment.map { "\(instructionSet), kernels kept to \($0) by the environment" }
      ?? instructionSet
  }

  /// How OpenBLAS came to its kernels.
  var coreOrigin: String {
    openBLASCoreForcedByEnvironment.map { "forced by OPENBLAS_CORETYPE=\($0)" } ?? "its own choice for this processor"
  }

  /// The first processor's entries of `/proc/cpuinfo`; none where there is no such file.
  private static func processorInformation() -> [String: String] {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return [:] }
    let entries = text.split(separator: "\n").compactMap { line -> (String, String)? in
      let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      return parts.count == 2 ? (parts[0], parts[1]) : nil
    }
    return Dictionary(entries) { first, _ in first }
  }

  private static let words = ["avx512": "AVX-512", "avx2": "AVX2 and FMA", "portable": portable]

  private static var portable: String {
    #if arch(arm64)
      "NEON"
    #else
      "SSE2"
    #endif
  }
}
