@testable import Convolution
import Glibc
import ReferenceConvolution
import Synchronization
import Testing

/// Subnormal numbers taken as zero, for a scope.
struct SubnormalTests {
  /// Weights of 1 and inputs so small that every product is subnormal: zero inside, as ever outside, whatever the number of
  /// threads.
  @Test(arguments: [ConvolutionAlgorithm.im2col, .direct, .automatic], [1, 2])
  func layers(algorithm: ConvolutionAlgorithm, threads: Int) throws {
    try expectZeros(algorithm, threads: threads, in: Float.self)
    try expectZeros(algorithm, threads: threads, in: Double.self)
  }

  private func expectZeros<Scalar: ConvolutionScalar>(
    _ algorithm: ConvolutionAlgorithm, threads: Int, in type: Scalar.Type
  ) throws {
    var layer = try Conv2d<Scalar>(
      weight: Tensor(repeating: 1, shape: [32, 32, 3, 3]), padding: 1, device: .cpu(threads: threads))
    layer.algorithm = algorithm
    let input = try Tensor(repeating: Scalar.leastNormalMagnitude / 1024, shape: [32, 20, 20])
    let before = try layer(input)
    #expect(before.scalars.allSatisfy { $0 > 0 })
    #expect(try withSubnormalsFlushed { try layer(input) }.scalars.allSatisfy { $0 == 0 })
    #expect(try sameBits(layer(input), before))
  }

  /// The half of the smallest normal number, computed at run time.
  private static func halfIsZero() -> Bool {
    let numbers = [Float.leastNormalMagnitude, 2].reversed().reversed().map { $0 }
    return numbers[0] / numbers[1] == 0
  }

  @Test func workersToo() {
    let others = Atomic(0)
    let helped = Atomic(0)
    withSubnormalsFlushed {
      for _ in 0..<100_000 where helped.load(ordering: .relaxed) == 0 {
        Parallel.forEach(16, threads: 4) { _, worker in
          usleep(50)
          if worker > 0 { helped.add(1, ordering: .relaxed) }
          if !Self.halfIsZero() { others.add(1, ordering: .relaxed) }
        }
      }
    }
    #expect(helped.load(ordering: .relaxed) > 0)
    #expect(others.load(ordering: .relaxed) == 0)
    Parallel.forEach(16, threads: 4) { _, _ in
      usleep(50)
      if Self.halfIsZero() { others.add(1, ordering: .relaxed) }
    }
    #expect(others.load(ordering: .relaxed) == 0)
  }

  /// Restored when the body throws, when scopes nest, and beside a mode of rounding that the body sets.
  @Test func modesAreRestored() {
    #expect(throws: CancellationError.self) {
      try withSubnormalsFlushed {
        #expect(Self.halfIsZero())
        throw CancellationError()
      }
    }
    #expect(!Self.halfIsZero())
    withSubnormalsFlushed {
      withSubnormalsFlushed { #expect(Self.halfIsZero()) }
      #expect(Self.halfIsZero())
    }
    #expect(!Self.halfIsZero())
    withSubnormalsFlushed { _ = fesetround(FE_UPWARD as Int32) }
    #expect(fegetround() == FE_UPWARD as Int32 && !Self.halfIsZero())
    fesetround(FE_TONEAREST as Int32)
  }
}
