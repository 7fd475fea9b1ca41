import Convolution
import Glibc
import ReferenceConvolution
import Synchronization
import Testing

/// Many threads at once, for a while.
struct LoadTests {
  /// 16 threads make 1000 calls each on layers that they share, of mixed shapes, precisions and algorithms, for outputs
  /// and for gradients. The first calls find no filters kept, and threads meet while they are made.
  @Test(.timeLimit(.minutes(15)))
  func sixteenThreads() throws {
    var generator = SplitMix64(seed: 81)
    var jobs: [@Sendable () throws -> Bool] = []
    for configuration in ConvolutionCase.representatives {
      jobs += try self.jobs(configuration, in: Float.self, using: &generator)
      jobs += try self.jobs(configuration, in: Double.self, using: &generator)
    }
    let shared = jobs
    let present = Atomic(0)
    let wrong = Atomic(0)
    try onThreads(16) { thread in
      // Not before all are there.
      present.add(1, ordering: .relaxed)
      while present.load(ordering: .relaxed) < 16 { sched_yield() }
      for call in 0..<1000 where (try? shared[(7 * thread + call) % shared.count]()) != true {
        wrong.add(1, ordering: .relaxed)
      }
    }
    #expect(present.load(ordering: .relaxed) == 16 && wrong.load(ordering: .relaxed) == 0)
  }

  /// Calls on layers that are shared, one for each algorithm, and whether they gave the bits that a call by itself gave.
  private func jobs<Scalar: ConvolutionScalar>(
    _ configuration: ConvolutionCase, in type: Scalar.Type, using generator: inout SplitMix64
  ) throws -> [@Sendable () throws -> Bool] {
    var small = configuration
    small.batch = small.batch.map { min($0, 1) }
    let original: Conv2d<Scalar> = try small.layer(using: &generator)
    let input: Tensor<Scalar> = try small.input(using: &generator)
    let outputGradient: Tensor<Scalar> = try RandomScalars.uniform.tensor(
      original.outputShape(for: input.shape), using: &generator)
    var jobs: [@Sendable () throws -> Bool] = []
    for (layer, _) in layersOfEveryAlgorithm(original) {
      guard let output = try unlessUnavailable({ try layer(input) }) else { continue }
      let gradients = try layer.gradients(of: outputGradient, at: input)
      var shared = layer
      shared.weight = Parameter(layer.weight.value)
      shared.device = try .cpu(threads: 1 + jobs.count / 2 % 2)
      let job = shared
      jobs.append { sameBits(try job(input), output) }
      jobs.append { sameBits(try job.gradients(of: outputGradient, at: input), gradients) }
    }
    return jobs
  }
}
