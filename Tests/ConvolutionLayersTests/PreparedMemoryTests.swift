import ConvolutionLayers
import Testing

@testable import Convolution

/// What a prepared network asks for while it computes.
struct PreparedMemoryTests {
  /// A first call finds its buffers and workspace: the allocator of tensors and workspaces, which would refuse, is not asked.
  @Test(arguments: [1, 2])
  func asksForNoMemory(threads: Int) throws {
    try withConvolutionThreads(atMost: threads) {
      try expectNoMemory(ResNet<Float>(classes: 10), at: [2, 3, 64, 48])
      try expectNoMemory(unet(of: Float.self), at: [1, 2, 24, 28])
      try expectNoMemory(unet(of: Double.self), at: [1, 2, 24, 28])
      // Depthwise, strided, with one that is smaller than the largest batch.
      try expectNoMemory(
        Sequential<Float>([
          Conv2d<Float>(inputChannels: 3, outputChannels: 16, kernelSize: 3, stride: 2, padding: 1),
          Conv2d<Float>(inputChannels: 16, outputChannels: 16, kernelSize: 3, stride: 2, padding: 1, groups: 16),
          Hardswish<Float>(), Conv2d<Float>(inputChannels: 16, outputChannels: 24, kernelSize: 1), PReLU<Float>(),
        ]), at: [5, 3, 29, 31], batch: 3)
      // Transposed: with phases, with gaps between them, by Winograd, and depthwise with either stride.
      try expectNoMemory(
        Sequential<Float>([
          ConvTranspose2d<Float>(inputChannels: 24, outputChannels: 24, kernelSize: 4, stride: 2, padding: 1),
          ConvTranspose2d<Float>(inputChannels: 24, outputChannels: 24, kernelSize: 2, stride: 3),
          ConvTranspose2d<Float>(inputChannels: 24, outputChannels: 24, kernelSize: 3, padding: 1),
          ConvTranspose2d<Float>(inputChannels: 24, outputChannels: 24, kernelSize: 3, stride: 2, groups: 24),
          ConvTranspose2d<Float>(inputChannels: 24, outputChannels: 24, kernelSize: 3, groups: 24), ReLU<Float>(),
        ]), at: [3, 24, 7, 6], batch: 2)
    }
  }

  private func expectNoMemory<Scalar: ConvolutionScalar>(
    _ network: some Module<Scalar>, at shape: [Int], batch: Int? = nil
  ) throws {
    for weights in Scalar.self == Float.self ? [WeightFormat.full, .float16] : [.full] {
      let prepared = try network.prepared(for: shape, weights: weights)
      let input: Tensor<Scalar> = try random([batch ?? shape[0]] + shape.dropFirst(), as: Scalar.self)
      var output = try Tensor<Scalar>(repeating: .nan, shape: prepared.outputShape(for: input.shape))
      try AllocationTrial.$current.withValue(AllocationTrial(permitting: 0)) {
        try prepared.forward(input, into: &output)
      }
      #expect(output.scalars.allSatisfy { $0.isFinite })
    }
  }
}
