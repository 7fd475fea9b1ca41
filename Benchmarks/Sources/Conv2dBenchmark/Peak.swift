import ArgumentParser
import Foundation
import ReferenceConvolution

/// The yardsticks of `make bench-peers`.
struct Peak: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the machine's peaks as JSON.", shouldDisplay: false)

  @Option(help: "Threads that compute at the same time.")
  var threads = 1

  func validate() throws {
    guard threads >= 1 else { throw ValidationError("--threads must be at least 1") }
  }

  func run() throws {
    printLine(String(decoding: try JSONEncoder().encode(Peaks.measure(Float.self, threads: threads)), as: UTF8.self))
  }
}

/// For the scripts that choose a core for OpenBLAS.
struct Core: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Print what OPENBLAS_CORETYPE should say where OpenBLAS by itself takes kernels below the processor's level.",
    shouldDisplay: false)

  func run() {
    if let core = KernelInstructions.openBLASCoreToAskFor { printLine(core) }
  }
}
