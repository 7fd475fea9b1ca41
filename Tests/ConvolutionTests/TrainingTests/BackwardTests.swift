import ReferenceConvolution
import Testing

@testable import Convolution

/// Backward passes through composed modules.
@Suite struct BackwardTests {
  private let input: Tensor<Double>
  private let outputGradient: Tensor<Double>
  private let network: Sequential<Double>

  init() throws {
    var generator = SplitMix64(seed: 7)
    input = try RandomScalars.uniform.tensor([2, 2, 6, 5], using: &generator)
    outputGradient = try RandomScalars.uniform.tensor([2, 3, 3, 3], using: &generator)
    let body = try Sequential<Double>([
      Conv2d<Double>(
        inputChannels: 2, outputChannels: 2, kernelSize: 3, padding: .same, paddingMode: .circular, using: &generator),
      ReLU<Double>(),
    ])
    network = try Sequential([
      Residual(body: body),
      ReLU<Double>(),
      Conv2d<Double>(inputChannels: 2, outputChannels: 3, kernelSize: 3, stride: 2, padding: 1, using: &generator),
    ])
  }

  /// `Σ output · outputGradient`: the loss whose gradient every test here takes.
  private func loss(_ network: Sequential<Double>, _ input: Tensor<Double>) throws -> Double {
    zip(try network(input).scalars, outputGradient.scalars).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private func gradients(_ network: Sequential<Double>) -> [String: Tensor<Double>] {
    var network = network
    var gradients: [String: Tensor<Double>] = [:]
    network.forEachParameter { name, parameter in gradients[name] = parameter.gradient }
    return gradients
  }

  private func trained(for targets: GradientTargets = .all) throws -> Sequential<Double> {
    var trained = network
    _ = try trained.backward(outputGradient, at: input, for: targets)
    return trained
  }

  /// Moves each scalar of a tensor by ±step; the step is small enough that no activation changes sign.
  private func expectCentralDifferences(
    _ gradient: Tensor<Double>?, of tensor: Tensor<Double>, _ name: String, loss: (Tensor<Double>) throws -> Double
  ) throws {
    let gradient = try #require(gradient)
    try #require(gradient.shape == tensor.shape)
    let step = 0x1p-20
    for (index, expected) in gradient.scalars.enumerated() {
      func moved(by offset: Double) throws -> Double {
        var moved = tensor
        var scalars = moved.mutableSpan
        scalars[index] += offset
        return try loss(moved)
      }
      let difference = try (moved(by: step) - moved(by: -step)) / (2 * step)
      #expect(abs(difference - expected) < 1e-7, "\(name)[\(index)]")
    }
  }

  @Test func agreesWithCentralDifferences() throws {
    var trained = network
    let inputGradient = try trained.backward(outputGradient, at: input, for: .all)
    try expectCentralDifferences(inputGradient, of: input, "input") { try loss(network, $0) }
    let gradients = gradients(trained)
    for (name, value) in network.stateDictionary {
      try expectCentralDifferences(gradients[name], of: value, name) { value in
        var changed = network
        try changed.load([name: value], strict: false)
        return try loss(changed, input)
      }
    }
  }

  @Test func reusesActivations() throws {
    let activations = try network.activations(at: input)
    #expect(activations.count == 4)
    #expect(activations[0] == input)
    #expect(try activations[3] == network(input))
    var reused = network
    let reusedGradient = try reused.backward(outputGradient, through: activations)
    var trained = network
    #expect(try trained.backward(outputGradient, at: input, for: .all) == reusedGradient)
    #expect(gradients(reused) == gradients(trained))
  }

  @Test func addsToGradientsOfEarlierPasses() throws {
    let once = gradients(try trained())
    var twice = try trained()
    _ = try twice.backward(outputGradient, at: input, for: .all)
    for (name, gradient) in gradients(twice) {
      #expect(gradient.scalars == once[name]?.scalars.map { 2 * $0 })
    }
    twice.clearGradients()
    #expect(gradients(twice).isEmpty)
  }

  @Test func computesOnlyWhatIsAskedFor() throws {
    var trained = network
    #expect(try trained.backward(outputGradient, at: input, for: .weight) == nil)
    #expect(Set(gradients(trained).keys) == ["0.body.0.weight", "2.weight"])
    trained = network
    #expect(try trained.backward(outputGradient, at: input, for: .input)?.shape == input.shape)
    #expect(gradients(trained).isEmpty)
  }

  @Test func leavesFrozenParametersAlone() throws {
    var frozen = network
    frozen.forEachParameter { name, parameter in parameter.requiresGradient = name.hasPrefix("2") }
    _ = try frozen.backward(outputGradient, at: input, for: .all)
    #expect(Set(gradients(frozen).keys) == ["2.weight", "2.bias"])
  }

  /// The modules behind the one that throws have already been through their pass when it does.
  @Test func addsNothingWhenAModuleThrows() throws {
    var failing = try Sequential<Double>([
      Failing(), Conv2d<Double>(inputChannels: 2, outputChannels: 2, kernelSize: 1),
    ])
    let image = try Tensor<Double>(zeros: [2, 6, 5])
    #expect(throws: Failing.Failure.self) { try failing.backward(image, at: image, for: .all) }
    #expect(gradients(failing).isEmpty)
    failing[0] = ForwardOnly()
    #expect(throws: ConvolutionError.backwardUnavailable(module: "ForwardOnly")) {
      try failing.backward(image, at: image, for: .all)
    }
    #expect(gradients(failing).isEmpty)
  }

  @Test func refusesWrongShapesAndAddsNothing() throws {
    var trained = network
    let wrong = try Tensor<Double>(zeros: [2, 3, 3, 4])
    #expect(
      throws: ConvolutionError.shapeMismatch(name: "outputGradient", expected: "[2, 3, 3, 3]", actual: [2, 3, 3, 4])
    ) { try trained.backward(wrong, at: input, for: .all) }
    #expect(throws: ConvolutionError.self) { try trained.backward(outputGradient, at: wrong, for: .all) }
    let activations = try network.activations(at: input)
    #expect(throws: ConvolutionError.valueOutOfRange(name: "activations", expected: "4 tensors", actual: [3])) {
      try trained.backward(outputGradient, through: activations.dropLast())
    }
    #expect(gradients(trained).isEmpty)
  }
}
