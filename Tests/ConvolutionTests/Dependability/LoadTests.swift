import Convolution
import Dispatch
import ReferenceConvolution
import Synchronization
import Testing

/// Many threads at once, for a while.
struct LoadTests {
  /// 16 threads make 1000 calls each on layers that they share, of mixed shapes and precisions.
  @Test(.timeLimit(.minutes(3)))
  func sixteenThreads() throws {
    var generator = SplitMix64(seed: 81)
    var jobs: [@Sendable () throws -> Bool] = []
    for configuration in ConvolutionCase.representatives {
      jobs.append(try job(configuration, in: Float.self, using: &generator))
      jobs.append(try job(configuration, in: Double.self, using: &generator))
    }
    let shared = jobs
    let wrong = Atomic(0)
    let queue = DispatchQueue(label: "sixteen threads", attributes: .concurrent)
    let group = DispatchGroup()
    for thread in 0..<16 {
      queue.async(group: group) {
        for call in 0..<1000 where (try? shared[(7 * thread + call) % shared.count]()) != true {
          wrong.add(1, ordering: .relaxed)
        }
      }
    }
    group.wait()
    #expect(wrong.load(ordering: .relaxed) == 0)
  }

  /// A call on a shared layer, and whether it gave the bits that a call by itself gave.
  private func job<Scalar: ConvolutionScalar>(
    _ configuration: ConvolutionCase, in type: Scalar.Type, using generator: inout SplitMix64
  ) throws -> @Sendable () throws -> Bool {
    var small = configuration
    small.batch = small.batch.map { min($0, 1) }
    var layer: Conv2d<Scalar> = try small.layer(using: &generator)
    layer.device = try .cpu(threads: 1 + Int.random(in: 0..<2, using: &generator))
    let input: Tensor<Scalar> = try small.input(using: &generator)
    let expected = try layer(input)
    return { [layer] in sameBits(try layer(input), expected) }
  }
}
