import Glibc
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// Results are equal bit for bit from one run of a program to the next.
struct RepetitionTests {
  /// Two more processes, whose code and memory lie elsewhere, print what this one computes: a checksum for every layer,
  /// algorithm and number of threads.
  @Test(.timeLimit(.minutes(15)))
  func runToRun() async throws {
    let here = try Self.report()
    let plain = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
      try RepetitionTests.printReport(poison: nil)
    }
    // In the other one what is allocated begins elsewhere, and holds NaN.
    let poisoned = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
      try RepetitionTests.printReport(poison: 0x7ff4_0000_7fa0_0000)
    }
    #expect(here.count > 1000)
    for result in [plain, poisoned] {
      let printed = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
      #expect(printed.split(separator: "\n").map(String.init).filter { $0.contains(" threads: ") } == here)
    }
  }

  private static func printReport(poison: UInt64?) throws {
    let pieces = unsafe (1...100).map { unsafe malloc(poison == nil ? 1 : $0 * 1000) }
    try AllocationTrial.$current.withValue(AllocationTrial(poison: poison)) {
      print(try report().joined(separator: "\n"))
    }
    unsafe pieces.forEach { unsafe free($0) }
    fflush(nil)
  }

  private static func report() throws -> [String] {
    var lines: [String] = []
    for configuration in ConvolutionCase.representatives {
      try add(configuration, in: Float.self, to: &lines)
      try add(configuration, in: Double.self, to: &lines)
    }
    return lines
  }

  private static func add<Scalar: ConvolutionScalar>(
    _ configuration: ConvolutionCase, in type: Scalar.Type, to lines: inout [String]
  ) throws {
    let sample = try Sample<Scalar>(configuration, seed: 111)
    let (original, input, outputGradient) = (sample.layer, sample.input, sample.outputGradient)
    for (layer, algorithm) in layersOfEveryAlgorithm(original) {
      for threads in [1, 2, 3, 8] {
        var layer = layer
        layer.device = try .cpu(threads: threads)
        guard let output = try unlessUnavailable({ try layer(input) }) else { continue }
        let gradients = try layer.gradients(of: outputGradient, at: input)
        for (name, result) in [
          ("output", output), ("input", gradients.input), ("weight", gradients.weight), ("bias", gradients.bias),
        ] {
          guard let result else { continue }
          lines.append(
            "\(type) \(configuration) \(algorithm) \(layer.precision) \(threads) threads: \(name) \(checksum(result))")
        }
      }
    }
  }

  /// FNV-1a over the bits of every scalar.
  private static func checksum<Scalar: ConvolutionScalar>(_ tensor: Tensor<Scalar>) -> UInt64 {
    tensor.withUnsafeBufferPointer { scalars in
      unsafe UnsafeRawBufferPointer(scalars).reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
  }
}
