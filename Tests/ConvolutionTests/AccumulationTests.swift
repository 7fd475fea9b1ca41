import Convolution
import ReferenceConvolution
import TestSupport
import Testing

/// `backward` and the pullback: what is accumulated, and what is not.
struct AccumulationTests {
  let input: Tensor<Float>
  let outputGradient: Tensor<Float>
  var layer: Conv2d<Float>

  init() throws {
    layer = try Conv2d(inputChannels: 2, outputChannels: 3, kernelSize: 3, padding: 1)
    input = try .random([2, 2, 5, 6], seed: 1)
    outputGradient = try .random([2, 3, 5, 6], seed: 2)
  }

  @Test mutating func accumulates() throws {
    let gradients = try layer.gradients(of: outputGradient, at: input)
    #expect(layer.weight.gradient == nil && layer.bias?.gradient == nil)
    let inputGradient = try #require(try layer.backward(outputGradient, at: input))
    #expect(sameBits(inputGradient, try #require(gradients.input)))
    #expect(layer.weight.gradient == gradients.weight)
    #expect(layer.bias?.gradient == gradients.bias)
    try layer.backward(outputGradient, at: input)
    #expect(layer.weight.gradient?.scalars == gradients.weight?.scalars.map { 2 * $0 })
    #expect(layer.bias?.gradient?.scalars == gradients.bias?.scalars.map { 2 * $0 })
  }

  @Test mutating func targets() throws {
    #expect(try layer.backward(outputGradient, at: input, for: .bias) == nil)
    #expect(layer.weight.gradient == nil)
    #expect(layer.bias?.gradient != nil)
    layer.bias?.gradient = nil
    #expect(try layer.backward(outputGradient, at: input, for: .input) != nil)
    #expect(layer.weight.gradient == nil && layer.bias?.gradient == nil)
  }

  @Test mutating func requiresGradientFalseAccumulatesNothing() throws {
    layer.weight.requiresGradient = false
    let inputGradient = try layer.backward(outputGradient, at: input)
    #expect(inputGradient != nil)
    #expect(layer.weight.gradient == nil)
    #expect(layer.bias?.gradient != nil)
    layer.bias?.requiresGradient = false
    layer.bias?.gradient = nil
    try layer.backward(outputGradient, at: input)
    #expect(layer.weight.gradient == nil && layer.bias?.gradient == nil)
  }

  @Test mutating func layerWithoutBias() throws {
    layer.bias = nil
    let inputGradient = try layer.backward(outputGradient, at: input)
    #expect(inputGradient?.shape == input.shape)
    #expect(layer.weight.gradient?.shape == [3, 2, 3, 3])
    #expect(layer.bias == nil)
  }

  @Test mutating func wrongOutputGradientLeavesNothingBehind() throws {
    try layer.backward(outputGradient, at: input)
    let before = layer
    #expect(
      throws: ConvolutionError.shapeMismatch(name: "outputGradient", expected: "[2, 3, 5, 6]", actual: [2, 3, 5])
    ) {
      try layer.backward(Tensor(zeros: [2, 3, 5]), at: input)
    }
    #expect(layer.weight == before.weight && layer.bias == before.bias)
  }

  @Test mutating func wrongInputLeavesNothingBehind() throws {
    let wrong = try Tensor<Float>(zeros: [2, 3, 5, 6])
    #expect(throws: ConvolutionError.self) { try layer.backward(outputGradient, at: wrong) }
    #expect(layer.weight.gradient == nil && layer.bias?.gradient == nil)
  }

  /// The bias's stored gradient is wrong: the weight's must not have been added to by then.
  @Test mutating func misshapenStoredGradientLeavesNothingBehind() throws {
    layer.bias?.gradient = try Tensor(zeros: [4])
    #expect(throws: ConvolutionError.shapeMismatch(name: "bias.gradient", expected: "[3]", actual: [4])) {
      try layer.backward(outputGradient, at: input)
    }
    #expect(layer.weight.gradient == nil)
    layer.bias?.gradient = nil
    layer.weight.gradient = try Tensor(zeros: [3, 2, 3])
    #expect(
      throws: ConvolutionError.shapeMismatch(name: "weight.gradient", expected: "[3, 2, 3, 3]", actual: [3, 2, 3])
    ) {
      try layer.backward(outputGradient, at: input)
    }
    #expect(layer.bias?.gradient == nil)
  }

  @Test mutating func replacedParameterOfAnotherShape() throws {
    layer.weight.value = try Tensor(zeros: [3, 2, 3, 2])
    #expect(throws: ConvolutionError.shapeMismatch(name: "weight", expected: "[3, 2, 3, 3]", actual: [3, 2, 3, 2])) {
      try layer.backward(outputGradient, at: input)
    }
    #expect(layer.weight.gradient == nil && layer.bias?.gradient == nil)
  }

  @Test mutating func pullback() throws {
    let gradients = try layer.gradients(of: outputGradient, at: input)
    let (value, pullback) = try layer.valueWithPullback(at: input)
    #expect(sameBits(value, try layer(input)))
    // The function keeps the layer as it was.
    layer.weight.value = try Tensor(zeros: [3, 2, 3, 3])
    #expect(sameBits(try pullback(outputGradient), gradients))
    #expect(throws: ConvolutionError.self) { try pullback(input) }
  }

  /// A copy of a layer has gradients of its own.
  @Test mutating func copiesAreApart() throws {
    let copy = layer
    try layer.backward(outputGradient, at: input)
    #expect(copy.weight.gradient == nil)
    #expect(copy.weight.value == layer.weight.value)
  }
}
