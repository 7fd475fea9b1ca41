import ReferenceConvolution
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
    _ = try layer(input)
    #expect(layer.weight.derivedWeights.byteCount > 0)
    layer.weight.value = try Tensor(zeros: [16, 16, 3, 3])
    layer.bias = nil
    #expect(try layer(input) == Tensor(zeros: [16, 8, 8]))
  }

  @Test func weightsThatAreNotFiniteTakeAnotherPath() throws {
    let layer = try Conv2d<Float>(
      weight: Tensor(repeating: .infinity, shape: [16, 16, 3, 3]), padding: 1)
    let output = try layer(Tensor<Float>(repeating: 1, shape: [16, 8, 8]))
    // A tap on the padding multiplies infinity by zero.
    #expect(output.scalars[0].isNaN && output.scalars[9] == .infinity)
  }
}
