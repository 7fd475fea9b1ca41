import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// The plan that a weight keeps of its last call serves no other call: layers that share a weight, one after the other, and each
/// twice, give what layers with weights of their own give.
@Suite struct KeptPlanTests {
  private static let weight = try! Tensor<Float>.random([16, 16, 3, 3], seed: 1)

  private static func layer(
    stride: Size2d = 1, padding: Padding = 1, paddingMode: PaddingMode = .zeros, bias: Bool = true
  ) throws -> Conv2d<Float> {
    var layer = try Conv2d<Float>(
      inputChannels: 16, outputChannels: 16, kernelSize: 3, stride: stride, padding: padding, bias: bias,
      paddingMode: paddingMode)
    if bias { layer.bias!.value = try Tensor<Float>.random([16], seed: 2) }
    return layer
  }

  @Test func everySettingIsAsked() throws {
    var layers = [try Self.layer()]
    layers.append(try Self.layer(bias: false))
    layers.append(try Self.layer(stride: Size2d(2, 1)))
    layers.append(try Self.layer(padding: .valid))
    layers.append(try Self.layer(paddingMode: .circular))
    layers.append(try Self.layer())
    layers[5].algorithm = .im2col
    layers.append(try Self.layer())
    layers[6].precision = .strict
    let inputs = try [[1, 16, 12, 12], [2, 16, 12, 12], [16, 12, 12], [1, 16, 12, 13], [0, 16, 12, 12]].map {
      try Tensor<Float>.random($0, seed: 3)
    }
    let shared = Parameter(Self.weight)
    for (index, layer) in layers.enumerated() {
      for input in inputs {
        var (own, other) = (layer, layer)
        own.weight.value = Self.weight
        other.weight = shared
        let expected = try own.forward(input)
        for _ in 0..<2 { #expect(sameBits(try other.forward(input), expected), "layer \(index), \(input.shape)") }
        let gradient = try Tensor<Float>.random(expected.shape, seed: 4)
        let (all, again) = (
          try own.gradients(of: gradient, at: input), try other.gradients(of: gradient, at: input)
        )
        #expect(sameBits(again.input!, all.input!) && sameBits(again.weight!, all.weight!), "layer \(index)")
      }
    }
  }

  @Test func shapesAreCheckedAtEveryCall() throws {
    var layer = try Self.layer()
    let input = try Tensor<Float>.random([1, 16, 12, 12], seed: 3)
    _ = try layer.forward(input)
    layer.bias!.value = try Tensor(zeros: [15])
    #expect(throws: ConvolutionError.shapeMismatch(name: "bias", expected: "[16]", actual: [15])) {
      try layer.forward(input)
    }
    layer.bias = nil
    _ = try layer.forward(input)
    layer.weight.value = try Tensor(zeros: [16, 16, 3, 1])
    #expect(throws: ConvolutionError.shapeMismatch(name: "weight", expected: "[16, 16, 3, 3]", actual: [16, 16, 3, 1]))
    {
      try layer.forward(input)
    }
    #expect(throws: ConvolutionError.self) { try Self.layer().forward(Tensor(zeros: [1, 15, 12, 12])) }
  }

  @Test func errorsAreNotKept() throws {
    var layer = try Conv2d<Float>(inputChannels: 2, outputChannels: 2, kernelSize: 3)
    layer.algorithm = .winograd4x4
    let input = try Tensor<Float>.random([1, 2, 12, 12], seed: 3)
    for _ in 0..<2 { #expect(throws: ConvolutionError.self) { try layer.forward(input) } }
    layer.algorithm = .automatic
    _ = try layer.forward(input)
  }
}
