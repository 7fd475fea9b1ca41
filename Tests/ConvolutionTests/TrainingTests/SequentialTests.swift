import ReferenceConvolution
import Testing

@testable import Convolution

/// Names, state dictionaries and descriptions of composed modules.
@Suite struct SequentialTests {
  /// Features of two convolutions around an activation, then a 1x1 convolution that has no bias.
  private func network() throws -> Sequential<Double> {
    try Sequential(named: [
      "features": Sequential<Double>([
        Conv2d<Double>(inputChannels: 1, outputChannels: 2, kernelSize: 3, padding: 1),
        ReLU<Double>(),
        Conv2d<Double>(inputChannels: 2, outputChannels: 2, kernelSize: 3, stride: 2),
      ]),
      "classifier": Conv2d<Double>(inputChannels: 2, outputChannels: 3, kernelSize: 1, bias: false),
    ])
  }

  @Test func namesParametersByNesting() throws {
    var network = try network()
    var names: [String] = []
    network.forEachParameter { name, _ in names.append(name) }
    #expect(
      names == ["features.0.weight", "features.0.bias", "features.2.weight", "features.2.bias", "classifier.weight"])
    #expect(Set(network.stateDictionary.keys) == Set(names))
  }

  @Test func visitsParametersOfAClientsModule() throws {
    var network = try Sequential<Double>([Residual(body: self.network())])
    var names: [String] = []
    network.forEachParameter { name, _ in names.append(name) }
    #expect(names.first == "0.body.features.0.weight")
  }

  @Test func stopsAtTheFirstErrorOfTheVisitor() throws {
    struct Stop: Error {}
    var network = try network()
    var visited = 0
    #expect(throws: Stop.self) {
      try network.forEachParameter { _, _ throws(Stop) in
        visited += 1
        if visited == 2 { throw Stop() }
      }
    }
    #expect(visited == 2)
  }

  @Test func loadsThroughAnyModule() throws {
    let source: any Module<Double> = try network()
    var target: any Module<Double> = try network()
    #expect(target.stateDictionary != source.stateDictionary)
    try target.load(source.stateDictionary)
    #expect(target.stateDictionary == source.stateDictionary)
    let input = try Tensor<Double>(repeating: 0.5, shape: [1, 7, 7])
    #expect(try target.forward(input) == source.forward(input))
  }

  @Test func loadsEverythingOrNothing() throws {
    var network = try network()
    let before = network.stateDictionary
    var entries = before.mapValues { tensor in try! Tensor<Double>(repeating: 7, shape: tensor.shape) }
    entries["features.2.bias"] = nil
    entries["features.1.weight"] = try Tensor(zeros: [1])
    entries["classifier.weight"] = try Tensor(zeros: [3, 2])
    let misshaped = ConvolutionError.MisshapedEntry(name: "classifier.weight", expected: [3, 2, 1, 1], actual: [3, 2])
    #expect(
      throws: ConvolutionError.stateDictionaryMismatch(
        missing: ["features.2.bias"], unexpected: ["features.1.weight"], misshaped: [misshaped])
    ) { try network.load(entries) }
    #expect(
      throws: ConvolutionError.stateDictionaryMismatch(missing: [], unexpected: [], misshaped: [misshaped])
    ) { try network.load(entries, strict: false) }
    #expect(network.stateDictionary == before)

    entries["classifier.weight"] = nil
    try network.load(entries, strict: false)
    #expect(network.stateDictionary["features.0.weight"] == entries["features.0.weight"])
    #expect(network.stateDictionary["features.2.bias"] == before["features.2.bias"])
  }

  /// The text that PyTorch 2.13 prints for the same network.
  @Test func describesItselfAsPyTorch() throws {
    #expect(
      try network().description == """
        Sequential(
          (features): Sequential(
            (0): Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
            (1): ReLU()
            (2): Conv2d(2, 2, kernel_size=(3, 3), stride=(2, 2))
          )
          (classifier): Conv2d(2, 3, kernel_size=(1, 1), stride=(1, 1), bias=False)
        )
        """)
    #expect(Sequential<Float>([]).description == "Sequential()")
  }

  @Test func refusesTwoModulesOfOneName() {
    #expect(throws: ConvolutionError.duplicateName("a")) {
      try Sequential<Float>(named: ["a": ReLU<Float>(), "b": ReLU<Float>(), "a": ReLU<Float>()])
    }
  }

  @Test func chainsItsModules() throws {
    let network = try network()
    var generator = SplitMix64(seed: 1)
    let input: Tensor<Double> = try RandomScalars.uniform.tensor([2, 1, 7, 7], using: &generator)
    var value = input
    for module in network.modules { value = try module.forward(value) }
    #expect(try network(input) == value)
    #expect(value.shape == [2, 3, 3, 3])
    #expect(try Sequential<Double>([])(input) == input)
  }

  @Test func replacesAModuleUnderItsName() throws {
    var network = try network()
    network[1] = try Conv2d<Double>(inputChannels: 2, outputChannels: 5, kernelSize: 1)
    #expect(network.stateDictionary["classifier.bias"]?.shape == [5])
    #expect(network.names == ["features", "classifier"])
  }
}
