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
  /// What to do about OpenBLAS's kernels, where they are below the processor's level.
  var openBLASAdvice: String?

  init() {
    let information = Self.processorInformation()
    processor = information["model name"] ?? "unknown processor"
    if let family = information["cpu family"], let model = information["model"] {
      processor += " (family \(family) model \(model))"
    }
    cores = ProcessInfo.processInfo.activeProcessorCount
    let supported = KernelInstructions.supported
    instructionSet = KernelInstructions.supportedInWords
    instructionSetForcedByEnvironment = KernelInstructions.inForce == supported ? nil : KernelInstructions.inForce
    openBLASVersion = OpenBLAS.version
    openBLASCore = OpenBLAS.core
    openBLASCoreForcedByEnvironment = OpenBLAS.coreForcedByEnvironment
    openBLASThreads = OpenBLAS.threads
    openBLASAdvice = OpenBLAS.advice
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
}
