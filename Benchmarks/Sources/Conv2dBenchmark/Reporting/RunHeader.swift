import Foundation

/// What a reader must know before the figures.
struct RunHeader: Codable, Sendable {
  var machine = MachineDescription()
  var date = ISO8601DateFormatter().string(from: Date())
  var scalar, algorithm, precision, pass: String
  var threads: Int
  var gemm: String
  var peaks: Peaks

  var lines: [String] {
    return [
      "Conv2d \(pass), \(scalar), \(threads) thread\(threads == 1 ? "" : "s"), algorithm \(algorithm), "
        + "precision \(precision), \(date)",
      "Processor: \(machine.processor), \(machine.cores) cores, \(machine.kernelInstructionSet)",
      "OpenBLAS \(machine.openBLASVersion), core \(machine.openBLASCore) (\(machine.coreOrigin)), "
        + "\(machine.openBLASThreads) thread of its own",
      "Peak on \(threads) thread\(threads == 1 ? "" : "s"): \(peaks.text) by cblas_\(gemm), "
        + "a \(peaks.gemm.side) x \(peaks.gemm.side) product on each",
      machine.openBLASAdvice.map { "Advice: \($0)" },
      "Naive: seven plain loops, \(scalar), one thread, optimised alike; ~ marks a time scaled from a part of the rows",
      "Conv2d: median of steady calls, first call apart; GFLOP/s count the definition's operations; the error is in "
        + "units of rounding",
    ].compactMap { $0 }
  }
}

/// Writes a line at once, also where standard output is a file.
func printLine(_ line: String) {
  FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}

/// A number with a fixed number of decimals.
func formatted(_ value: Double, digits: Int) -> String {
  String(format: "%.\(digits)f", value)
}
