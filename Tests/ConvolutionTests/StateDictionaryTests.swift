import Convolution
import ReferenceConvolution
import TestSupport
import Testing

/// Names and values of parameters, and loading them: all of them or none.
struct StateDictionaryTests {
  var layer: Conv2d<Float>

  init() throws {
    layer = try Conv2d(inputChannels: 2, outputChannels: 3, kernelSize: 3)
  }

  @Test func namesAsPyTorchHasThem() throws {
    #expect(layer.stateDictionary == ["weight": layer.weight.value, "bias": try #require(layer.bias).value])
    let withoutBias = try Conv2d<Float>(inputChannels: 2, outputChannels: 3, kernelSize: 3, bias: false)
    #expect(Array(withoutBias.stateDictionary.keys) == ["weight"])
  }

  @Test mutating func orderOfParameters() {
    var names: [String] = []
    layer.forEachParameter { name, _ in names.append(name) }
    #expect(names == ["weight", "bias"])
  }

  @Test func roundTrip() throws {
    var other = try Conv2d<Float>(inputChannels: 2, outputChannels: 3, kernelSize: 3)
    let input = try Tensor<Float>.random([2, 6, 6], seed: 1)
    #expect(try other(input) != layer(input))
    try other.load(layer.stateDictionary)
    #expect(other.stateDictionary == layer.stateDictionary)
    #expect(sameBits(try other(input), try layer(input)))
  }

  /// Every missing, unexpected and misshapen entry is named at once, and nothing changes.
  @Test mutating func everyMismatchAtOnce() throws {
    let before = layer
    let error = ConvolutionError.stateDictionaryMismatch(
      missing: ["bias"], unexpected: ["a", "running_mean"],
      misshaped: [.init(name: "weight", expected: [3, 2, 3, 3], actual: [3, 2, 3])])
    #expect(throws: error) {
      try layer.load(["weight": Tensor(zeros: [3, 2, 3]), "running_mean": Tensor(zeros: [3]), "a": Tensor(zeros: [])])
    }
    #expect(
      error.description
        == "state dictionary: missing bias; unexpected a, running_mean; weight: expected shape [3, 2, 3, 3], got [3, 2, 3]"
    )
    #expect(layer.weight == before.weight && layer.bias == before.bias)
  }

  @Test mutating func rightEntriesBesideAWrongOneAreNotLoaded() throws {
    let before = layer
    #expect(throws: ConvolutionError.self) {
      try layer.load(["weight": Tensor(zeros: [3, 2, 3, 3]), "bias": Tensor(zeros: [4])])
    }
    #expect(throws: ConvolutionError.self) { try layer.load(["weight": Tensor(zeros: [3, 2, 3, 3])], strict: true) }
    #expect(layer.weight == before.weight && layer.bias == before.bias)
  }

  @Test mutating func looseLoading() throws {
    let bias = layer.bias
    let weight = try Tensor<Float>.counting([3, 2, 3, 3])
    try layer.load(["weight": weight, "unknown": Tensor(zeros: [1])], strict: false)
    #expect(layer.weight.value == weight)
    #expect(layer.bias == bias)
    // A wrong shape is an error all the same, and the only one that is told.
    #expect(
      throws: ConvolutionError.stateDictionaryMismatch(
        missing: [], unexpected: [], misshaped: [.init(name: "bias", expected: [3], actual: [1])])
    ) { try layer.load(["bias": Tensor(zeros: [1]), "unknown": Tensor(zeros: [1])], strict: false) }
  }

  /// Loading changes values and leaves gradients alone.
  @Test mutating func gradientsStay() throws {
    let input = try Tensor<Float>.random([2, 5, 5], seed: 1)
    try layer.backward(layer(input), at: input)
    let gradient = layer.weight.gradient
    try layer.load(["weight": Tensor(zeros: [3, 2, 3, 3]), "bias": Tensor(zeros: [3])])
    #expect(gradient != nil && layer.weight.gradient == gradient)
    #expect(try layer(input) == Tensor(zeros: [3, 3, 3]))
  }
}
