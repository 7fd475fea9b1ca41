import CConvolutionKernels
import Glibc
import TestSupport
import Testing

@testable import Convolution

/// What each kernel of the table reaches by itself on one thread, at every level that this processor has, and its share of the
/// level's peak: a table on standard output. A measurement, not a check: only when CONVOLUTION_KERNEL_TIMES is set
/// (`make bench-kernels`).
@Suite(.enabled(if: unsafe getenv("CONVOLUTION_KERNEL_TIMES") != nil), .serialized) struct KernelTimes {
  @Test func table() throws {
    for level in supportedLevels {
      try table(level, Float.self)
      try table(level, Double.self)
    }
  }

  private func table<Scalar: ConvolutionScalar>(_ level: ConvolutionInstructionSet, _: Scalar.Type) throws {
    let peak = Peak<Scalar>(level)
    print("\nlevel \(level.rawValue), \(Scalar.self): peak \(rounded(peak.operations)) GFLOP/s from registers,")
    print("\(rounded(peak.bytes)) GB/s read and written in the first-level cache\n")
    print("| kernel | layer | GFLOP/s or GB/s | share |\n|---|---|---:|---:|")
    let rows = KernelRows(peak: peak)
    try rows.products(level)
    try rows.weightGradients(level)
    try rows.depthwise(level)
    if Scalar.self == Float.self { try rows.winograd(level) }
    try rows.elementwise(level)
    try rows.windows(level)
    rows.vectors()
  }
}

/// The rows of one table.
struct KernelRows<Scalar: ConvolutionScalar> {
  let peak: Peak<Scalar>

  /// Times a call.
  ///
  /// - Parameters:
  ///   - amount: Operations of the call; or bytes that it reads and writes, each of them once.
  func row(_ kernel: String, _ layer: String, _ amount: Int, isBytes: Bool = false, _ body: () -> Void) {
    let rate = Double(amount) / bestNanoseconds(body)
    let share = Int((100 * rate / (isBytes ? peak.bytes : peak.operations)).rounded())
    print("| \(kernel) | \(layer) | \(rounded(rate)) \(isBytes ? "GB/s" : "GFLOP/s") | \(share) % |")
  }

  /// The bytes of so many scalars.
  func bytes(_ scalars: Int...) -> Int { scalars.reduce(0, +) * MemoryLayout<Scalar>.stride }
}

private func rounded(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
