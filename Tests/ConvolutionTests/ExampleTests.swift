import Convolution
import ReferenceConvolution
import TestSupport
import Testing

/// The four examples of the documentation, as a user types them.
struct ExampleTests {
  @Test func standardLayer() throws {
    let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 64, kernelSize: 3, padding: 1)
    let input = try Tensor<Float>.random([8, 3, 32, 32], seed: 1)
    #expect(try layer(input).shape == [8, 64, 32, 32])
    #expect(layer.description == "Conv2d(3, 64, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))")
    let firstImage = try Tensor(shape: [3, 32, 32], scalars: input.scalars.prefix(3 * 32 * 32))
    try expectAgreement(layer, at: firstImage)
  }

  @Test func depthwiseThenPointwise() throws {
    let depthwise = try Conv2d<Float>(inputChannels: 32, outputChannels: 32, kernelSize: 3, padding: 1, groups: 32)
    let pointwise = try Conv2d<Float>(inputChannels: 32, outputChannels: 64, kernelSize: 1)
    let input = try Tensor<Float>.random([4, 32, 16, 16], seed: 2)
    let between = try depthwise(input)
    #expect(between.shape == [4, 32, 16, 16])
    #expect(try pointwise(between).shape == [4, 64, 16, 16])
    try expectAgreement(depthwise, at: input)
    try expectAgreement(pointwise, at: Tensor(shape: [32, 16, 16], scalars: between.scalars.prefix(32 * 16 * 16)))
  }

  @Test func dilated() throws {
    let layer = try Conv2d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 3, padding: 4, dilation: 4)
    let input = try Tensor<Float>.random([1, 1, 16, 16], seed: 3)
    #expect(try layer(input).shape == [1, 1, 16, 16])
    try expectAgreement(layer, at: input)
  }

  @Test func pointwiseWithoutBias() throws {
    let layer = try Conv2d<Float>(inputChannels: 16, outputChannels: 32, kernelSize: 1, bias: false)
    let input = try Tensor<Float>.random([2, 16, 8, 8], seed: 4)
    #expect(layer.bias == nil)
    #expect(try layer(input).shape == [2, 32, 8, 8])
    try expectAgreement(layer, at: input)
  }

  /// A sum small enough to be worked out by hand: the kernel sums 2x2 windows, and the bias adds 10.
  @Test func byHand() throws {
    let layer = try Conv2d<Float>(
      weight: Tensor(repeating: 1, shape: [1, 1, 2, 2]), bias: Tensor(shape: [1], scalars: [10]))
    let output = try layer(Tensor(shape: [1, 2, 3], scalars: [1, 2, 3, 4, 5, 6]))
    #expect(output == (try Tensor(shape: [1, 1, 2], scalars: [22, 26])))
  }

  /// Cross-correlation, as in PyTorch: the kernel is not rotated by 180 degrees.
  @Test func kernelIsNotFlipped() throws {
    let weight = try Tensor<Double>(shape: [1, 1, 1, 3], scalars: [1, 10, 100])
    let output = try conv2d(Tensor(shape: [1, 1, 4], scalars: [1, 2, 3, 4]), weight: weight)
    #expect(output.scalars == [321, 432])
  }

  /// The row of the table in the documentation of `PaddingMode`, read out by a 1x1 kernel.
  @Test(arguments: [
    (PaddingMode.zeros, [0.0, 0, 1, 2, 3, 4, 0, 0]), (.reflect, [3, 2, 1, 2, 3, 4, 3, 2]),
    (.replicate, [1, 1, 1, 2, 3, 4, 4, 4]), (.circular, [3, 4, 1, 2, 3, 4, 1, 2]),
  ])
  func paddedRow(mode: PaddingMode, expected: [Double]) throws {
    let output = try conv2d(
      Tensor<Double>(shape: [1, 1, 4], scalars: [1, 2, 3, 4]), weight: Tensor(repeating: 1, shape: [1, 1, 1, 1]),
      padding: .symmetric(Size2d(0, 2)), paddingMode: mode)
    #expect(output.scalars == expected)
  }
}
