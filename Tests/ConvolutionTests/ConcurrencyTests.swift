import Convolution
import ReferenceConvolution
import TestSupport
import Testing

/// One layer used by many tasks at a time.
struct ConcurrencyTests {
  /// More tasks than cores, each with inputs of its own and two threads to a call, all on the same layer.
  @Test(.timeLimit(.minutes(15)), arguments: [Size2d(1), 3])
  func manyTasksShareALayer(kernel: Size2d) async throws {
    var generator = SplitMix64(seed: 31)
    let configuration = ConvolutionCase { ($0.inputChannels, $0.kernelSize, $0.padding) = (8, kernel, .same) }
    var layer: Conv2d<Float> = try configuration.layer(using: &generator)
    layer.device = try .cpu(threads: 2)
    let shared = layer
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<32 {
        group.addTask {
          let input = try Tensor<Float>.random([2, 8, 5 + task % 4, 9], seed: UInt64(task))
          let expected = try ExpectedOutput(of: shared, at: input)
          let first = try shared(input)
          #expect(expected.error(of: first) <= expected.bound(of: shared))
          for _ in 0..<20 { #expect(sameBits(try shared(input), first)) }
          let gradients = try shared.gradients(of: first, at: input)
          for _ in 0..<5 { #expect(sameBits(try shared.gradients(of: first, at: input), gradients)) }
        }
      }
      try await group.waitForAll()
    }
  }

  /// Tasks that change copies of a layer do not disturb those that use it.
  @Test(.timeLimit(.minutes(15)))
  func copiesChangeWhileTheOriginalIsUsed() async throws {
    let layer = try Conv2d<Float>(inputChannels: 4, outputChannels: 4, kernelSize: 3, padding: 1)
    let input = try Tensor<Float>.random([4, 6, 6], seed: 1)
    let expected = try layer(input)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<16 {
        group.addTask { () throws in
          var copy = layer
          for round in 0..<20 where task % 2 == 0 {
            var weights = copy.weight.value.mutableSpan
            weights[round] += 1
            #expect(try copy(input) != expected)
          }
          for _ in 0..<20 { #expect(sameBits(try layer(input), expected)) }
        }
      }
      try await group.waitForAll()
    }
  }
}
