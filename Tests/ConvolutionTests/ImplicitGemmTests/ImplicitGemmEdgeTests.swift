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

  /// One output channel, whose terms that read neighbouring vectors share what is loaded: rows of taps that leave up to three
  /// of them over, more than fit, and none; outputs of one row, of several, and strict ones, in shorter pieces.
  @Test(arguments: [5, 9, 20, 37, 70], [Precision.standard, .strict])
  func oneChannelUnderWideKernels(kernel: Int, precision: Precision) throws {
    for (height, width, dilation) in [(1, 700, 1), (2, 300, 2), (9, 37, 1)] {
      let sizes = ImplicitGemmSample<Float>.Sizes(
        kernel: kernel, dilation: dilation, padding: kernel / 2 * dilation, groups: 2, inputChannels: 2, height: height,
        width: width)
      var sample = try ImplicitGemmSample<Float>(sizes)
      sample.layer.precision = precision
      try expectTheReference(sample, ConvolutionSourceStagedRows)
    }
  }

  /// A kernel of one column in blocks side by side: what is staged of their rows is one run, the outputs are not.
  @Test func rowsThatAreStagedInOneRun() throws {
    var generator = SplitMix64(seed: 9)
    let configuration = ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.groups) = (2, 2, 2)
      ($0.height, $0.width, $0.kernelSize, $0.padding) = (6, 9824, Size2d(5, 1), .symmetric(Size2d(2, 0)))
    }
    try expectAgreementBothWays(configuration, using: &generator)
  }

  private func expectTheReference(
    _ sample: ImplicitGemmSample<Float>, _ source: ConvolutionSource, threads: Int = 1
  ) throws {
    let (expected, magnitude) = (try sample.expected(), try sample.magnitude())
    for level in supportedLevels {
      let (output, guardsAreIntact) = try sample.output(source, level, threads: threads)
      let error = NormalizedError(of: output, reference: expected, magnitude: magnitude).value
      #expect(error <= NormalizedError.bound(terms: sample.terms) && guardsAreIntact, "level \(level.rawValue)")
    }
  }

  /// Images of a few pixels share blocks, also where each of their regions has a block of its own; and the last block has fewer
  /// of them.
  @Test(arguments: [(1, 1, 3), (3, 1, 3), (3, 5, 7)], [1, 2, 3])
  func imagesThatShareABlock(window: (kernel: Int, dilation: Int, height: Int), threads: Int) throws {
    var layer = try Conv2d<Float>(
      inputChannels: 40, outputChannels: 33, kernelSize: Size2d(window.kernel), padding: .same,
      dilation: Size2d(window.dilation))
    layer.algorithm = .direct
    layer.device = try .cpu(threads: threads)
    let shape = [40, window.height, window.height + 1], count = shape.reduce(1, *)
    for batch in [3, 5, 7] {
      let input = try Tensor<Float>.random([batch] + shape, seed: UInt64(batch))
      let images = try input.scalars.split(every: count).map { try Tensor(shape: shape, scalars: $0) }
      let expected = try images.flatMap { try layer($0).scalars }
      #expect(try layer(input).scalars == expected, "\(batch) images")
    }
  }

  /// The last of two blocks has one image of three, and nothing is read or written for another.
  @Test(arguments: [ConvolutionSourcePackedLanes, ConvolutionSourcePackedRows], [1, 5])
  func lastBlockOfFewerImages(source: ConvolutionSource, dilation: Int) throws {
    let sample = try ImplicitGemmSample<Float>(
      .init(
        batch: 3, dilation: dilation, padding: dilation, inputChannels: 4, outputChannels: 33, height: 5, width: 6))
    try expectTheReference(sample, source, threads: 2)
  }

  /// Images in the lanes, where there are enough of them: the bits of an image alone, whatever the batch and the threads; and of
  /// its gradient. The last vector has fewer images than lanes.
  @Test(arguments: [1, 2], [PaddingMode.zeros, .circular])
  func imagesInTheLanes(stride: Int, mode: PaddingMode) throws {
    var generator = SplitMix64(seed: 6)
    for (channels, outputs, size, dilation, kernel) in [
      (1, 6, 8, 1, 3), (3, 5, 7, 2, 3), (40, 3, 5, 1, 3), (2, 1, 8, 1, 9),
    ] {
      let configuration = ConvolutionCase {
        ($0.batch, $0.inputChannels, $0.outputChannels) = (2 * 16 + 3, channels, outputs)
        ($0.height, $0.width, $0.kernelSize, $0.stride) = (size, size + 1, Size2d(kernel), Size2d(stride))
        ($0.padding, $0.dilation, $0.paddingMode) = (.symmetric(Size2d(2)), Size2d(dilation), mode)
      }
      var layer: Conv2d<Float> = try configuration.layer(using: &generator)
      let input: Tensor<Float> = try configuration.input(using: &generator)
      try expectAgreement(layer, at: input)
      let outputShape = try layer.outputShape(for: input.shape)
      let outputGradient: Tensor<Float> = try RandomScalars.uniform.tensor(outputShape, using: &generator)
      try expectGradientAgreement(layer, at: input, outputGradient: outputGradient)
      layer.algorithm = .direct
      let images = input.scalars.split(every: channels * size * (size + 1))
      let gradients = outputGradient.scalars.split(every: outputShape[1...].reduce(1, *))
      var (expected, expectedGradient) = ([Float](), [Float]())
      for (image, gradient) in zip(images, gradients) {
        let image = try Tensor(shape: [channels, size, size + 1], scalars: image)
        expected += try layer(image).scalars
        let gradient = try Tensor(shape: Array(outputShape[1...]), scalars: gradient)
        expectedGradient += try layer.inputGradient(of: gradient, at: image).scalars
      }
      for threads in [1, 3] {
        layer.device = try .cpu(threads: threads)
        #expect(try layer(input).scalars == expected)
        #expect(try layer.inputGradient(of: outputGradient, at: input).scalars == expectedGradient)
      }
    }
  }

  /// Maps of a few columns, whose rows lie in the lanes, and maps of a few more, whose lanes run on into the next row.
  @Test(arguments: [(3, 1, 1), (5, 1, 1), (3, 2, 1), (3, 1, 2)])
  func narrowMaps(kernel: Int, stride: Int, dilation: Int) throws {
    var generator = SplitMix64(seed: 7)
    for (index, (height, width)) in [(300, 1), (130, 2), (300, 3), (90, 5), (70, 7), (21, 9), (19, 19)].enumerated() {
      let configuration = ConvolutionCase {
        ($0.batch, $0.height, $0.width, $0.kernelSize) = (2, height, width, Size2d(kernel))
        ($0.inputChannels, $0.outputChannels, $0.stride) = (2 + 20 * (index % 2), 7, Size2d(stride))
        ($0.padding, $0.dilation) = (.explicit(top: 1, bottom: 3, left: 3, right: 2), Size2d(dilation))
        $0.paddingMode = index % 3 == 2 ? .replicate : .zeros
      }
      try expectAgreementBothWays(configuration, using: &generator)
    }
  }

  /// Gradients of a weight from channels that are staged, in blocks and with the taps of all rows side by side, of several
  /// groups, blocks of rows and ranges of panels; the same bits for any number of threads.
  @Test(arguments: [(3, 5), (20, 20), (20, 40), (48, 33)], [(3, 1, 1), (5, 2, 1), (3, 1, 2), (2, 3, 1)])
  func weightGradientOfStagedChannels(channels: (Int, Int), window: (kernel: Int, stride: Int, dilation: Int)) throws {
    var generator = SplitMix64(seed: 8)
    let configuration = ConvolutionCase {
      ($0.batch, $0.groups, $0.inputChannels, $0.outputChannels) = (3, 2, 2 * channels.0, 2 * channels.1)
      ($0.height, $0.width, $0.kernelSize) = (41, 38, Size2d(window.kernel))
      ($0.padding, $0.stride, $0.dilation) = (2, Size2d(window.stride), Size2d(window.dilation))
    }
    var layer: Conv2d<Float> = try configuration.layer(using: &generator)
    let input: Tensor<Float> = try configuration.input(using: &generator)
    let outputGradient: Tensor<Float> = try RandomScalars.uniform.tensor(
      layer.outputShape(for: input.shape), using: &generator)
    try expectGradientAgreement(layer, at: input, outputGradient: outputGradient)
    layer.algorithm = .direct
    let expected = try layer.weightGradient(of: outputGradient, at: input)
    for threads in [1, 2, 5] {
      layer.device = try .cpu(threads: threads)
      #expect(sameBits(try layer.weightGradient(of: outputGradient, at: input), expected), "\(threads) threads")
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
