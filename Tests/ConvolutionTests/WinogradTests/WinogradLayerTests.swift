import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// Winograd through the layer.
@Suite struct WinogradLayerTests {
  @Test func theAlgorithmFollowsGeometryAndPrecision() throws {
    func family(_ layer: Conv2d<Float>, _ size: Int) throws -> Plan.Family {
      try Plan(
        Geometry(layer.configuration, inputShape: [layer.inputChannels, size, size]).image, scalar: Float.self,
        algorithm: layer.algorithm, precision: layer.precision
      ).family
    }
    var layer = try Conv2d<Float>(inputChannels: 64, outputChannels: 64, kernelSize: 3, padding: 1)
    #expect(try family(layer, 56) == .winograd(.four))
    #expect(try family(layer, 9) == .winograd(.three))
    #expect(try family(layer, 4) == .winograd(.two))
    #expect(try family(layer, 1) == .direct)
    let dilated = try Conv2d<Float>(inputChannels: 64, outputChannels: 64, kernelSize: 3, padding: 12, dilation: 12)
    #expect(try family(dilated, 56) == .winograd(.three))
    #expect(try family(dilated, 12) == .direct)
    let wide = try Conv2d<Float>(inputChannels: 16, outputChannels: 16, kernelSize: 5, padding: 2)
    #expect(try family(wide, 28) == .winograd(.four))
    #expect(try family(wide, 2) == .direct)
    let strided = try Conv2d<Float>(inputChannels: 16, outputChannels: 16, kernelSize: 5, stride: 2, padding: 2)
    #expect(try family(strided, 28) == .direct)
    layer.precision = .strict
    #expect(try family(layer, 56) == .direct)
    layer.algorithm = .im2col
    #expect(try family(layer, 56) == .im2col)
    layer.algorithm = .winograd2x2
    #expect(try family(layer, 3) == .winograd(.two))
  }

  @Test func aForcedAlgorithmThatCannotServeThrows() throws {
    func unavailable<Scalar>(
      _ layer: Conv2d<Scalar>, _ algorithm: ConvolutionAlgorithm, precision: Precision = .standard
    ) {
      var layer = layer
      layer.algorithm = algorithm
      layer.precision = precision
      #expect(throws: ConvolutionError.self) {
        try layer(Tensor(zeros: [layer.inputChannels, 12, 12]))
      }
    }
    try unavailable(Conv2d<Double>(inputChannels: 2, outputChannels: 2, kernelSize: 3), .winograd2x2)
    try unavailable(Conv2d<Float>(inputChannels: 4, outputChannels: 4, kernelSize: 5), .winograd2x2)
    try unavailable(Conv2d<Float>(inputChannels: 4, outputChannels: 4, kernelSize: 5, stride: 2), .winograd4x4)
    try unavailable(
      Conv2d<Float>(inputChannels: 4, outputChannels: 4, kernelSize: 3, padding: 6, dilation: 12), .winograd4x4)
    try unavailable(
      Conv2d<Float>(inputChannels: 4, outputChannels: 4, kernelSize: 3, stride: 2, dilation: 2), .winograd4x4)
    try unavailable(Conv2d<Float>(inputChannels: 2, outputChannels: 2, kernelSize: 3, stride: 3), .winograd4x4)
    try unavailable(Conv2d<Float>(inputChannels: 2, outputChannels: 2, kernelSize: 3), .winograd4x4, precision: .strict)
  }

  @Test func changedWeightsGetNewFilters() throws {
    var layer = try Conv2d<Float>(inputChannels: 16, outputChannels: 16, kernelSize: 3, padding: 1)
    layer.algorithm = .winograd2x2
    let input = try Tensor<Float>(repeating: 1, shape: [16, 8, 8])
    for _ in 0..<2 { _ = try layer(input) }
    #expect(layer.weight.derivedWeights.byteCount > 0)
    layer.weight.value = try Tensor(zeros: [16, 16, 3, 3])
    layer.bias = nil
    for _ in 0..<2 { #expect(try layer(input) == Tensor(zeros: [16, 8, 8])) }
  }

  /// A call that is the only one with its weight, as in training, keeps no filters; their bits are those of kept ones. A map of
  /// several blocks reads them several times, and keeps them at once.
  @Test(arguments: [(3, 1, 1), (3, 2, 1), (5, 1, 1), (3, 1, 2)], [1, 3])
  func filtersThatAreUsedOnce(_ shape: (kernel: Int, stride: Int, groups: Int), threads: Int) throws {
    var layer = try Conv2d<Float>(
      weight: .random([96, 96 / shape.groups, shape.kernel, shape.kernel], seed: 3), stride: Size2d(shape.stride),
      padding: shape.kernel / 2, groups: shape.groups)
    layer.device = try .cpu(threads: threads)
    layer.algorithm = .winograd4x4
    func kept(after call: () throws -> Tensor<Float>) rethrows -> (output: Tensor<Float>, bytes: Int) {
      let before = layer.weight.derivedWeights.byteCount
      return try (call(), layer.weight.derivedWeights.byteCount - before)
    }
    let input = try Tensor<Float>.random([2, 96, 12, 12], seed: 4)
    let least = 4 * layer.weight.value.count
    for call in [{ try layer(input) }, { try layer.inputGradient(of: layer(input), at: input) }].prefix(
      shape.stride == 1 ? 2 : 1)
    {
      let first = try kept(after: call)
      let second = try kept(after: call)
      #expect(first.bytes < least && second.bytes >= least && first.output == second.output)
    }
    layer.weight.value = layer.weight.value
    let large = try Tensor<Float>.random([96, 64, 64], seed: 5)
    #expect(try kept { try layer(large) }.bytes >= least)
  }

  @Test func weightsThatAreNotFiniteTakeAnotherPath() throws {
    let layer = try Conv2d<Float>(
      weight: Tensor(repeating: .infinity, shape: [16, 16, 3, 3]), padding: 1)
    let output = try layer(Tensor<Float>(repeating: 1, shape: [16, 8, 8]))
    // A tap on the padding multiplies infinity by zero.
    #expect(output.scalars[0].isNaN && output.scalars[9] == .infinity)
  }
}
