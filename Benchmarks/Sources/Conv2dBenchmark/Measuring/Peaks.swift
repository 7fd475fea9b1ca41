import CBenchmarkYardsticks
import Dispatch
import ReferenceConvolution

/// What the machine can do at most, by the run's own measurements.
struct Peaks: Codable, Sendable {
  /// Operations a second of a loop that does nothing but multiply and add in registers, at the processor's level.
  var multiplyAdds: Double
  var gemm: GemmPeak

  static func measure<Scalar: GemmScalar>(_ scalar: Scalar.Type, threads: Int) -> Peaks {
    Peaks(
      multiplyAdds: multiplyAdds(isDouble: Scalar.self == Double.self, threads: threads),
      gemm: GemmPeak.measure(scalar, threads: threads))
  }

  var text: String {
    "\(formatted(multiplyAdds / 1e9, digits: 1)) GFLOP/s by multiply-adds in registers "
      + "(\(KernelInstructions.supportedInWords)), \(formatted(gemm.operationsPerSecond / 1e9, digits: 1))"
  }

  /// The best of several runs of some milliseconds, on every thread at the same time.
  private static func multiplyAdds(isDouble: Bool, threads: Int) -> Double {
    var best = 0.0
    for _ in 0..<20 {
      let seconds = Stopwatch.seconds {
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
          _ = benchmark_multiply_adds(level, isDouble, rounds)
        }
      }
      best = max(best, benchmark_multiply_adds(level, isDouble, 1) * Double(rounds * threads) / seconds)
    }
    return best
  }

  private static let rounds = 1_000_000

  private static let level: BenchmarkLevel =
    switch KernelInstructions.supported {
    case "avx512": BenchmarkLevelAVX512
    case "avx2": BenchmarkLevelAVX2
    default: BenchmarkLevelPortable
    }
}
