import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// Layers at the edges of what implicit GEMM distinguishes: each is computed wrongly where one condition is missing.
struct ImplicitGemmEdgeTests {
  /// A staged row goes on behind what its outputs read, and circular padding repeats nothing beyond the input's width.
  @Test(arguments: everySource.filter { $0 != ConvolutionSourceInPlace })
  func circularPaddingAsWideAsTheInput(source: ConvolutionSource) throws {
    let sample = try ImplicitGemmSample<Float>(
      .init(stride: 2, padding: 3, inputChannels: 3, outputChannels: 3, height: 3, width: 3), mode: .circular)
    try expectTheReference(sample, source)
  }

  /// Two vectors at a time would read one scalar behind the last one.
  @Test(arguments: [2, 4, 8, 16])
  func everyOtherColumnUpToTheEnd(lanes: Int) throws {
    let sizes = ImplicitGemmSample<Float>.Sizes(
      kernel: 1, stride: 2, padding: 0, inputChannels: 3, outputChannels: 5, height: 3, width: 2 * lanes - 1)
    try expectTheReference(ImplicitGemmSample<Float>(sizes), ConvolutionSourcePackedLanes)
    try expectTheReference(ImplicitGemmSample<Float>(sizes), ConvolutionSourcePackedRows)
  }

  /// Rows so wide that they are staged in several blocks.
  @Test func stagedRowsOfWideMaps() throws {
    let sample = try ImplicitGemmSample<Float>(
      .init(padding: 1, inputChannels: 5, outputChannels: 3, height: 4, width: 9000))
    try expectTheReference(sample, ConvolutionSourceStagedRows)
  }

  private func expectTheReference(_ sample: ImplicitGemmSample<Float>, _ source: ConvolutionSource) throws {
    let (expected, magnitude) = (try sample.expected(), try sample.magnitude())
    for level in supportedLevels {
      let (output, guardsAreIntact) = try sample.output(source, level)
      let error = NormalizedError(of: output, reference: expected, magnitude: magnitude).value
      #expect(error <= NormalizedError.bound(terms: sample.terms) && guardsAreIntact, "level \(level.rawValue)")
    }
  }

  /// Images of a few pixels share blocks, and the last block has fewer of them.
  @Test(arguments: [1, 3], [1, 2, 3])
  func imagesThatShareABlock(kernel: Int, threads: Int) throws {
    var layer = try Conv2d<Float>(inputChannels: 40, outputChannels: 33, kernelSize: Size2d(kernel), padding: .same)
    layer.algorithm = .direct
    layer.device = try .cpu(threads: threads)
    for batch in [3, 5, 7] {
      let input = try Tensor<Float>.random([batch, 40, 3, 4], seed: UInt64(batch))
      let images = try input.scalars.split(every: 40 * 12).map { try Tensor(shape: [40, 3, 4], scalars: $0) }
      let expected = try images.flatMap { try layer($0).scalars }
      #expect(try layer(input).scalars == expected, "\(batch) images")
    }
  }

  /// One tap and no padding in front: the output has more pixels than the input all the same.
  @Test(arguments: [(5, 6), (3, 40)])
  func pointwiseWithPaddingBehind(height: Int, width: Int) throws {
    for channels in [4, 40] {
      var generator = SplitMix64(seed: 3)
      let configuration = ConvolutionCase {
        ($0.inputChannels, $0.outputChannels, $0.height, $0.width) = (channels, channels, height, width)
        ($0.kernelSize, $0.padding) = (1, .explicit(top: 0, bottom: 2, left: 0, right: 3))
      }
      try expectAgreementBothWays(configuration, using: &generator)
    }
  }

  /// A single column, whose rows take the place of columns.
  @Test func mapsOfOneColumn() throws {
    var generator = SplitMix64(seed: 4)
    for (stride, dilation, groups) in [(1, 1, 1), (2, 1, 2), (3, 2, 1), (2, 3, 1)] {
      let configuration = ConvolutionCase {
        ($0.batch, $0.height, $0.width, $0.kernelSize) = (2, 37, 1, Size2d(5, 1))
        ($0.stride, $0.dilation, $0.groups) = (Size2d(stride, 1), Size2d(dilation, 1), groups)
        $0.padding = .explicit(top: 2, bottom: 3, left: 0, right: 0)
      }
      try expectAgreementBothWays(configuration, using: &generator)
    }
  }

  private func expectAgreementBothWays(
    _ configuration: ConvolutionCase, using generator: inout SplitMix64
  ) throws {
    let layer: Conv2d<Float> = try configuration.layer(using: &generator)
    let input: Tensor<Float> = try configuration.input(using: &generator)
    try expectAgreement(layer, at: input)
    let outputGradient: Tensor<Float> = try RandomScalars.uniform.tensor(
      layer.outputShape(for: input.shape), using: &generator)
    try expectGradientAgreement(layer, at: input, outputGradient: outputGradient)
  }

  /// Padding that repeats pixels has filters of its own in the gradient of the input.
  @Test func sharedWeightOfOtherModes() throws {
    let weight = Parameter(try Tensor<Float>.random([6, 5, 3, 3], seed: 1))
    let outputGradient = try Tensor<Float>.random([6, 5, 4], seed: 2)
    let input = try Tensor<Float>(zeros: [5, 9, 8])
    for mode in [PaddingMode.zeros, .reflect, .circular, .zeros, .replicate] {
      var layer = try Conv2d<Float>(
        inputChannels: 5, outputChannels: 6, kernelSize: 3, stride: 2, padding: 1, bias: false, paddingMode: mode)
      layer.algorithm = .direct
      layer.weight = Parameter(weight.value)
      let expected = try layer.inputGradient(of: outputGradient, at: input)
      layer.weight = weight
      #expect(sameBits(try layer.inputGradient(of: outputGradient, at: input), expected), "\(mode)")
    }
  }

  /// Zeros of the padding times an infinite gradient are NaN, so taps on padding count then.
  @Test(arguments: [Float.infinity, .nan])
  func gradientsThatAreNotFinite(value: Float) throws {
    var generator = SplitMix64(seed: 5)
    let configuration = ConvolutionCase {
      ($0.inputChannels, $0.height, $0.width, $0.kernelSize, $0.padding) = (20, 30, 40, 5, 4)
    }
    let layer: Conv2d<Float> = try configuration.layer(using: &generator)
    let input: Tensor<Float> = try configuration.input(using: &generator)
    var outputGradient: Tensor<Float> = try RandomScalars.uniform.tensor(
      layer.outputShape(for: input.shape), using: &generator)
    outputGradient.withUnsafeMutableBufferPointer { unsafe $0[3] = value }
    try expectGradientAgreement(layer, at: input, outputGradient: outputGradient)
  }

  /// Equal products all round the same way, which shows a running sum that is too long, and blocks that are counted twice.
  @Test func longSumsOfEqualProducts() throws {
    var layer = try Conv2d<Float>(inputChannels: 2, outputChannels: 3, kernelSize: 2)
    layer.algorithm = .direct
    let input = try Tensor<Float>(repeating: 0.1, shape: [1, 2, 701, 601])
    let outputGradient = try Tensor<Float>(repeating: 0.3, shape: [1, 3, 700, 600])
    let expected = Double(Float(0.1)) * Double(Float(0.3)) * 700 * 600
    for scalar in try layer.weightGradient(of: outputGradient, at: input).scalars {
      #expect(abs(Double(scalar) - expected) <= 16 * expected * 0x1p-24)
    }
  }
}

extension Array {
  fileprivate func split(every count: Int) -> [[Element]] {
    stride(from: 0, to: self.count, by: count).map { Array(self[$0..<$0 + count]) }
  }
}
