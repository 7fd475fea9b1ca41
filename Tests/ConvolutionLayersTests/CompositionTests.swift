import Convolution
import ConvolutionLayers
import Testing

/// Modules made of others: backward passes by central differences, sharing, names, text, errors.
@Suite struct CompositionTests {
  /// A composite as a client writes one: only a list of submodules.
  struct Classifier: CompositeModule {
    var children: Sequential<Double>

    init(classes: Int) throws {
      children = try Sequential(named: [
        "features": Conv2d<Double>(inputChannels: 2, outputChannels: 3, kernelSize: 3), "relu": SiLU<Double>(),
        "flatten": Flatten<Double>(), "head": Linear<Double>(inputFeatures: 3 * 9, outputFeatures: classes),
      ])
    }
  }

  /// A composite with a way of its own, which uses one child twice and one not at all.
  struct Branching: CompositeModule {
    var children: Sequential<Double>

    init() throws {
      children = try Sequential(named: [
        "conv": Conv2d<Double>(inputChannels: 2, outputChannels: 2, kernelSize: 3, padding: 1),
        "tanh": Tanh<Double>(), "idle": PReLU<Double>(), "norm": BatchNorm2d<Double>(channels: 4),
      ])
    }

    func forward(_ x: Activation<Double>) throws -> Activation<Double> {
      let once = try x.through("conv", "tanh")
      let twice = try (once + x).through("conv", "tanh")
      return try twice.concatenated(with: x).through("norm")
    }
  }

  @Test func aListOfChildrenIsEnough() throws {
    var network = try Classifier(classes: 4)
    let input = try random([2, 2, 5, 5])
    #expect(try network(input).shape == [2, 4])
    #expect(
      Set(network.stateDictionary.keys) == ["features.weight", "features.bias", "head.weight", "head.bias"])
    #expect(
      network.description == """
        Classifier(
          (features): Conv2d(2, 3, kernel_size=(3, 3), stride=(1, 1))
          (relu): SiLU()
          (flatten): Flatten(start_dim=1, end_dim=-1)
          (head): Linear(in_features=27, out_features=4, bias=True)
        )
        """)
    try expectDifferencesToAgree(&network, at: input)
  }

  @Test func branchesSumsAndConcatenations() throws {
    var network = try Branching()
    try expectDifferencesToAgree(&network, at: random([2, 2, 4, 5]))
    network.forEachParameter { name, parameter in
      if name == "idle.weight" { #expect(parameter.gradient == nil) }
    }
  }

  @Test(arguments: Residual<Double>.Combination.allCases)
  func residuals(combination: Residual<Double>.Combination) throws {
    let body = try Sequential<Double>([
      Conv2d<Double>(inputChannels: 2, outputChannels: 3, kernelSize: 3, padding: 1),
      Residual(Conv2d<Double>(inputChannels: 3, outputChannels: 3, kernelSize: 1)), Tanh<Double>(),
    ])
    var network = Residual(
      body, shortcut: try Conv2d<Double>(inputChannels: 2, outputChannels: 3, kernelSize: 1), combining: combination)
    let input = try random([1, 2, 4, 4])
    #expect(try network(input).shape == [1, combination == .sum ? 3 : 6, 4, 4])
    #expect(
      Set(network.stateDictionary.keys)
        == [
          "body.0.weight", "body.0.bias", "body.1.body.weight", "body.1.body.bias", "shortcut.weight", "shortcut.bias",
        ])
    try expectDifferencesToAgree(&network, at: input)
    // Unbatched, too.
    try expectDifferencesToAgree(&network, at: random([2, 4, 4]))
  }

  @Test func traceGivesWhatBackwardGives() throws {
    var (direct, traced) = (try Branching(), try Branching())
    try traced.load(direct.stateDictionary)
    let input = try random([2, 2, 4, 4])
    let trace = try traced.trace(at: input)
    #expect(trace.output == (try direct(input)))
    let outputGradient = try random(trace.output.shape)
    let expected = try direct.backward(outputGradient, at: input, for: .all)
    #expect(try traced.backward(outputGradient, through: trace) == expected)
    #expect(traced.stateDictionary == direct.stateDictionary)
    #expect(try traced.backward(outputGradient, through: trace, for: [.weight]) == nil)
  }

  @Test func anErrorLeavesEverythingAsItWas() throws {
    var network = try Classifier(classes: 4)
    let input = try random([2, 2, 5, 5])
    // The last child has its gradients before the first fails.
    network.children[0] = ForwardOnly()
    let before = network.stateDictionary
    #expect(throws: ConvolutionError.self) { _ = try network.backward(random([2, 4]), at: input, for: .all) }
    let failing = Residual<Double>(ForwardOnly())
    var copy = failing
    #expect(throws: ConvolutionError.self) { _ = try copy.backward(input, at: input, for: .all) }
    network.forEachParameter { _, parameter in #expect(parameter.gradient == nil) }
    #expect(network.stateDictionary == before)
    #expect(throws: ConvolutionError.self) { _ = try network.backward(random([2, 5]), at: input, for: .all) }
  }

  @Test func namesAndTracesThatDoNotFit() throws {
    struct Misspelt: CompositeModule {
      var children = Sequential<Double>([ReLU<Double>()])
      func forward(_ x: Activation<Double>) throws -> Activation<Double> { try x.through("relu") }
    }
    let input = try random([2, 3])
    #expect(throws: ConvolutionError.unknownName(parameter: "child", supported: ["0"], actual: "relu")) {
      _ = try Misspelt().forward(input)
    }
    var short = Sequential<Double>([ReLU<Double>()])
    let long = Sequential<Double>([ReLU<Double>(), ReLU<Double>()])
    let trace = try long.trace(at: input)
    #expect(throws: ConvolutionError.self) { try short.backward(input, through: trace) }
    let residual = Residual<Double>(Flatten<Double>(startDim: 0))
    #expect(throws: ConvolutionError.self) { _ = try residual.forward(input) }
  }

  @Test func trainingModeReachesEveryChild() throws {
    var network: any Module<Double> = try Sequential<Double>([
      BatchNorm2d<Double>(channels: 2), Residual(Sequential([Dropout<Double>()])), Branching(),
    ])
    let input = try random([2, 2, 3, 3])
    network.setTraining(false)
    let residual = try #require((network as? Sequential<Double>)?.modules[1])
    #expect(try residual.forward(input) == input.doubled())
    network.setTraining(true)
    let training = try #require((network as? Sequential<Double>)?.modules[1])
    #expect(try training.forward(input) != input.doubled())
  }
}

/// A module that defines no backward pass.
private struct ForwardOnly: Module {
  func forward(_ input: Tensor<Double>) throws -> Tensor<Double> {
    try Tensor(zeros: input.shape.count == 4 ? [input.shape[0], 3, 3, 3] : input.shape)
  }
}

extension Tensor {
  fileprivate func doubled() throws -> Tensor { try Tensor(shape: shape, scalars: scalars.map { 2 * $0 }) }
}
