import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// Every source of pixels, at every level that this processor has, against the plain loops in Double.
@Suite struct ImplicitGemmTests {
  typealias Sizes = ImplicitGemmSample<Float>.Sizes

  /// Widths of every remainder from one lane to two of the widest vectors, split between the strides; heights around a
  /// tile of rows.
  private static func maps(kernel: Int, stride: Int) -> [(height: Int, width: Int)] {
    (1...33).filter { ($0 + kernel) % 4 == stride % 4 }.map { (height: 1 + $0 * 5 % 9, width: $0) }
  }

  private static func expectAgreement<Scalar: ConvolutionScalar>(
    _ source: ConvolutionSource?, _ sizes: Sizes, mode: PaddingMode = .zeros, of type: Scalar.Type
  ) throws {
    let sizes = ImplicitGemmSample<Scalar>.Sizes(
      kernel: sizes.kernel, stride: sizes.stride, dilation: sizes.dilation, padding: sizes.padding,
      groups: sizes.groups, inputChannels: sizes.inputChannels, outputChannels: sizes.outputChannels,
      height: sizes.height, width: sizes.width)
    let sample = try ImplicitGemmSample<Scalar>(sizes, mode: mode)
    let (expected, magnitude) = (try sample.expected(), try sample.magnitude())
    for level in supportedLevels {
      let (output, guardsAreIntact) = try sample.output(source, level)
      let error = NormalizedError(of: output, reference: expected, magnitude: magnitude).value
      #expect(error <= NormalizedError.bound(terms: sample.terms), "\(sizes), \(mode), level \(level.rawValue)")
      #expect(guardsAreIntact, "\(sizes), \(mode), level \(level.rawValue)")
      let again = try sample.output(source, level, threads: 3, guarded: .before).output
      #expect(again == output, "\(sizes), \(mode), level \(level.rawValue)")
    }
  }

  @Test(arguments: [1, 3, 4, 5, 7, 9], [1, 2, 3, 4])
  func depthwise(kernel: Int, stride: Int) throws {
    for (index, map) in Self.maps(kernel: kernel, stride: stride).enumerated() {
      let sizes = Sizes(
        kernel: kernel, stride: stride, dilation: 1 + index % 4, padding: 2 * kernel, groups: 3,
        outputChannels: 1 + index % 2, height: map.height, width: map.width)
      try Self.expectAgreement(nil, sizes, of: Float.self)
      try Self.expectAgreement(nil, sizes, of: Double.self)
    }
  }

  @Test(arguments: [3, 4, 7, 11], [1, 2, 3, 4])
  func stagedRows(kernel: Int, stride: Int) throws {
    for (index, map) in Self.maps(kernel: kernel, stride: stride).enumerated() {
      let sizes = Sizes(
        kernel: kernel, stride: stride, dilation: 1 + index % 4, padding: 2 * kernel, groups: 1 + index % 2,
        inputChannels: 1 + index % 4, outputChannels: 1 + index % 9, height: map.height, width: map.width)
      for source in [ConvolutionSourceStagedRows, ConvolutionSourceStagedFactors] {
        try Self.expectAgreement(source, sizes, of: Float.self)
        try Self.expectAgreement(source, sizes, of: Double.self)
      }
    }
  }

  @Test(arguments: [1, 3], [1, 2, 3, 4])
  func packed(kernel: Int, stride: Int) throws {
    for (index, map) in Self.maps(kernel: kernel, stride: stride).enumerated() {
      let sizes = Sizes(
        kernel: kernel, stride: stride, dilation: 1 + index % 4, padding: 2 * kernel, groups: 1 + index % 2,
        inputChannels: 1 + 9 * (index % 5), outputChannels: 18 - index, height: map.height, width: map.width)
      try Self.expectAgreement(ConvolutionSourcePackedRows, sizes, of: Float.self)
      try Self.expectAgreement(ConvolutionSourcePackedRows, sizes, of: Double.self)
      try Self.expectAgreement(ConvolutionSourcePackedLanes, sizes, of: Float.self)
      try Self.expectAgreement(ConvolutionSourcePackedLanes, sizes, of: Double.self)
    }
  }

  /// Pixels and output channels of every remainder, in the lanes and in the rows: reductions are short for the one and
  /// long, in several parts, for the other.
  @Test(arguments: [1, 2, 3], [3, 70, 300])
  func pointwise(stride: Int, inputChannels: Int) throws {
    for pixels in Swift.stride(from: 1, through: 33, by: inputChannels < 10 ? 1 : inputChannels < 100 ? 2 : 8) {
      // As one row, one column, or several rows.
      let height = pixels % 3 == 0 ? 3 : pixels % 5 == 0 ? pixels : 1
      let sizes = Sizes(
        kernel: 1, stride: stride, padding: 0, groups: 1 + pixels % 2, inputChannels: inputChannels - pixels % 2,
        outputChannels: 34 - pixels, height: (height - 1) * stride + 1,
        width: (pixels / height - 1) * stride + 1 + pixels % stride)
      try Self.expectAgreement(ConvolutionSourcePackedLanes, sizes, of: Float.self)
      try Self.expectAgreement(ConvolutionSourcePackedLanes, sizes, of: Double.self)
    }
  }

  /// Maps of several blocks of pixels.
  @Test func pointwiseOfWideMaps() throws {
    for (channels, width) in [(1, 2300), (2, 4099), (260, 300), (1030, 280)] {
      let sizes = Sizes(kernel: 1, padding: 0, inputChannels: channels, outputChannels: 7, height: 1, width: width)
      try Self.expectAgreement(ConvolutionSourcePackedLanes, sizes, of: Float.self)
    }
  }

  /// Dilations that leave most taps of most outputs on padding: regions of outputs, some without any tap.
  @Test(arguments: [1, 2, 3])
  func fewTaps(stride: Int) throws {
    for (dilation, size) in [(3, 8), (5, 13), (12, 20), (17, 16)] {
      for padding in [dilation, 2 * dilation + 1] {
        let sizes = Sizes(
          stride: stride, dilation: dilation, padding: padding, groups: 2, inputChannels: 9, outputChannels: 21,
          height: size, width: size + 3)
        try Self.expectAgreement(ConvolutionSourcePackedLanes, sizes, of: Float.self)
        try Self.expectAgreement(ConvolutionSourcePackedLanes, sizes, of: Double.self)
      }
    }
  }

  /// Many channels under one tap, which are summed up in pieces and parts.
  @Test(arguments: [63, 64, 65, 100, 129, 200])
  func pointwiseInRows(channels: Int) throws {
    let sizes = Sizes(kernel: 1, padding: 0, inputChannels: channels, outputChannels: 18, height: 4, width: 5)
    try Self.expectAgreement(ConvolutionSourcePackedRows, sizes, of: Float.self)
    try Self.expectAgreement(ConvolutionSourcePackedRows, sizes, of: Double.self)
  }

  @Test(arguments: [PaddingMode.reflect, .replicate, .circular], [1, 2, 3, 4])
  func everyPaddingMode(mode: PaddingMode, stride: Int) throws {
    for width in [9, 17, 31] {
      for dilation in 1...4 where width > 2 * dilation {
        var sizes = Sizes(
          stride: stride, dilation: dilation, padding: 2 * dilation, groups: 2, outputChannels: 2, height: 10,
          width: width)
        try Self.expectAgreement(nil, sizes, mode: mode, of: Float.self)
        sizes.inputChannels = 5
        try Self.expectAgreement(ConvolutionSourceStagedRows, sizes, mode: mode, of: Float.self)
        sizes.outputChannels = 20
        try Self.expectAgreement(ConvolutionSourcePackedRows, sizes, mode: mode, of: Float.self)
        try Self.expectAgreement(ConvolutionSourcePackedLanes, sizes, mode: mode, of: Float.self)
      }
    }
  }

  /// Equal products all round the same way, which shows a running sum that is too long.
  @Test(arguments: Self.sources)
  func longReductionsOfEqualProducts(source: ConvolutionSource) throws {
    var sample = try ImplicitGemmSample<Float>(
      source != ConvolutionSourceStagedRows
        ? .init(kernel: 1, padding: 0, inputChannels: 1800, outputChannels: 16, height: 3, width: 9)
        : .init(inputChannels: 200, outputChannels: 16, height: 3, width: 9))
    sample.input = try Tensor(repeating: 0.1, shape: sample.input.shape)
    sample.layer.weight = Parameter(try Tensor(repeating: 0.3, shape: sample.layer.weight.value.shape))
    for level in supportedLevels {
      let error = NormalizedError(
        of: try sample.output(source, level).output, reference: try sample.expected(), magnitude: try sample.magnitude()
      ).value
      #expect(error <= NormalizedError.bound(terms: sample.terms))
    }
  }

  /// Zeros times an infinite weight are NaN, so taps on padding count where the weight is not finite.
  /// What a source leaves out the plan must not ask it for.
  @Test(arguments: [1, 4], [Float.infinity, -.infinity, .nan])
  func weightsThatAreNotFinite(channels: Int, value: Float) throws {
    var sample = try ImplicitGemmSample<Float>(
      .init(dilation: 4, padding: 4, inputChannels: channels, outputChannels: 18, height: 11, width: 10))
    sample.layer.weight.value.withUnsafeMutableBufferPointer { unsafe $0[0] = value }
    let expected = try sample.expected().scalars
    for level in supportedLevels {
      for (actual, expected) in zip(try sample.output(nil, level).output.scalars, expected) {
        #expect(actual.isFinite == expected.isFinite && actual.isNaN == expected.isNaN)
      }
    }
  }

  @Test func enormousDilationsAndPaddingsCostNothing() throws {
    let far = 1 << 40
    for groups in [1, 2] {
      var layer = try Conv2d<Float>(
        inputChannels: 2, outputChannels: 4, kernelSize: 3, padding: .symmetric(Size2d(far)), dilation: Size2d(far),
        groups: groups)
      let input = try Tensor<Float>.random([2, 9, 9], seed: 1)
      layer.algorithm = .im2col
      let expected = try layer.forward(input)
      layer.algorithm = .direct
      let error = NormalizedError(
        of: try layer.forward(input), reference: try expected.inDouble(), magnitude: try expected.magnitudes()
      ).value
      #expect(error <= 16)
    }
  }

  @Test func theSourceFollowsTheGeometry() throws {
    func source(_ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1, at size: Int) throws
      -> ConvolutionSource?
    {
      let layer = try Conv2d<Float>(
        inputChannels: inputs, outputChannels: outputs, kernelSize: Size2d(kernel), stride: Size2d(stride),
        groups: groups)
      let plan = try Plan(
        Geometry(layer.configuration, inputShape: [inputs, size, size]).image, scalar: Float.self,
        algorithm: .automatic,
        precision: .strict)  // takes no tiles
      if case .implicitGemm(let gemm) = plan.forward { return gemm.source }
      return nil
    }
    #expect(try source(32, 64, kernel: 3, groups: 32, at: 28) == nil)
    #expect(try source(128, 128, kernel: 3, groups: 32, at: 56) == ConvolutionSourceStagedRows)
    #expect(try source(1, 128, kernel: 9, at: 56) != nil)
    // With vectors of four, staged rows cost less up to 225 output channels.
    #expect(try source(64, 512, kernel: 5, at: 60) == ConvolutionSourcePackedLanes)
    #expect(try source(64, 256, kernel: 1, at: 56) == ConvolutionSourceInPlace)
    #expect(try source(64, 256, kernel: 1, at: 64) == ConvolutionSourcePackedLanes)
    #expect(try source(64, 4, kernel: 1, at: 64) == ConvolutionSourceInPlace)
    #expect(try source(64, 256, kernel: 1, stride: 2, at: 56) == ConvolutionSourcePackedLanes)
    #expect(try source(512, 512, kernel: 1, at: 7) == ConvolutionSourcePackedRows)
  }

  private static let sources = [
    ConvolutionSourcePackedLanes, ConvolutionSourcePackedRows, ConvolutionSourceStagedRows,
    ConvolutionSourceStagedFactors,
  ]
}
