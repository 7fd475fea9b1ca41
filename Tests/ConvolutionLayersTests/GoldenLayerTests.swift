import Convolution
import ConvolutionLayers
import Testing

/// Every layer against PyTorch's: text, state dictionary, outputs, gradients, and what training does to the layer.
@Suite struct GoldenLayerTests {
  static let modules = GoldenLayers.all.filter { $0.layer != "CrossEntropyLoss" }
  static let losses = GoldenLayers.all.filter { $0.layer == "CrossEntropyLoss" }

  @Test func everyLayerHasCases() {
    let names: Set = [
      "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "BatchNorm2d", "Upsample", "Linear", "Flatten", "ReLU", "ReLU6",
      "LeakyReLU", "PReLU", "Sigmoid", "Tanh", "SiLU", "Hardswish", "GELU", "Conv1d", "Dropout", "CrossEntropyLoss",
    ]
    #expect(Set(GoldenLayers.all.map(\.layer)) == names)
  }

  @Test(arguments: modules) func inDouble(golden: GoldenLayer) throws {
    try check(golden, Double.self, tolerance: golden.description.contains("GELU") ? 1e-13 : 1e-14)
  }

  @Test(arguments: modules) func inFloat(golden: GoldenLayer) throws {
    try check(golden, Float.self, tolerance: 3e-6)
  }

  @Test(arguments: losses) func lossAndGradient(golden: GoldenLayer) throws {
    try checkLoss(golden, Double.self, tolerance: 1e-14)
    try checkLoss(golden, Float.self, tolerance: 3e-6)
  }

  private func check<Scalar: ConvolutionScalar>(_ golden: GoldenLayer, _: Scalar.Type, tolerance: Double) throws {
    var module = try golden.module(of: Scalar.self)
    #expect(module.description == golden.description)
    module.setTraining(golden.training ?? true)
    if let state = golden.state {
      #expect(Set(module.stateDictionary.keys) == Set(state.keys))
      try module.load(state.mapValues { try $0.tensor(as: Scalar.self) })
    }
    for step in golden.steps {
      let input = try step.input.tensor(as: Scalar.self)
      let before = module.stateDictionary
      let output = try module.forward(input)
      try #require(module.stateDictionary == before, "a forward pass changed the layer")
      expectAgreement(output, step.output!, tolerance, "output")
      let outputGradient = try step.outputGradient!.tensor(as: Scalar.self)
      let inputGradient = try module.backward(outputGradient, at: input, for: .all)
      expectAgreement(try #require(inputGradient), step.inputGradient!, tolerance, "input gradient")
    }
    for (name, expected) in golden.stateAfter ?? [:] {
      expectAgreement(module.stateDictionary[name]!, expected, tolerance, name)
    }
    module.forEachParameter { name, parameter in
      if let expected = golden.gradients?[name] {
        expectAgreement(parameter.gradient!, expected, tolerance, "gradient of \(name)")
      } else {
        #expect(parameter.gradient == nil, "\(name)")
      }
    }
  }

  private func checkLoss<Scalar: ConvolutionScalar>(_ golden: GoldenLayer, _: Scalar.Type, tolerance: Double) throws {
    let arguments = Arguments(values: golden.arguments)
    let loss = try CrossEntropyLoss<Scalar>(
      ignoreIndex: arguments.int("ignore_index") ?? -100, reduction: .init(arguments.text("reduction") ?? "mean"))
    #expect(loss.description == golden.description)
    let step = golden.steps[0]
    let scores = try step.input.tensor(as: Scalar.self)
    let (value, gradient) = try loss.valueWithGradient(of: scores, labels: golden.labels!)
    #expect(try loss(scores, labels: golden.labels!).bitPattern == value.bitPattern)
    if let expected = golden.value, expected.isFinite {
      #expect(abs(value - expected) <= tolerance * (1 + abs(expected)))
    } else {
      #expect(value.isNaN)
    }
    expectAgreement(gradient, step.inputGradient!, tolerance, "gradient")
  }
}
