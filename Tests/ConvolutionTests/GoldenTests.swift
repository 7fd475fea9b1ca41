import Convolution
import ReferenceConvolution
import Testing

/// Outputs, gradients and descriptions against those of PyTorch.
struct GoldenTests {
  static let cases = (try? GoldenFixture.shared.get().cases) ?? []

  @Test func fixtureIsThere() throws {
    let fixture = try GoldenFixture.shared.get()
    #expect(fixture.torch.hasPrefix("2.13"))
    #expect(fixture.cases.count { $0.output != nil } >= 40)
    #expect(fixture.cases.count { $0.description != nil } >= 40)
  }

  @Test(arguments: cases.filter { $0.output != nil })
  func outputInFloat(golden: GoldenCase) throws {
    try expectGolden(golden, in: Float.self)
  }

  @Test(arguments: cases.filter { $0.output != nil })
  func outputInDouble(golden: GoldenCase) throws {
    try expectGolden(golden, in: Double.self)
  }

  @Test(arguments: cases.filter { $0.description != nil })
  func description(golden: GoldenCase) throws {
    #expect(try golden.configuration.layer(of: Float.self).description == golden.description)
    #expect(try golden.configuration.layer(of: Double.self).description == golden.description)
  }

  /// Loads the weights as a user of PyTorch would, and compares the output and the three gradients.
  private func expectGolden<Scalar: ConvolutionScalar>(_ golden: GoldenCase, in type: Scalar.Type) throws {
    var layer = try golden.configuration.layer(of: Scalar.self)
    var state = ["weight": try #require(try golden.weight?.tensor(of: Float.self, as: Scalar.self))]
    state["bias"] = try golden.bias?.tensor(of: Float.self)
    try layer.load(state)
    let input = try #require(try golden.input?.tensor(of: Float.self, as: Scalar.self))
    let outputGradient = try #require(try golden.outputGradient?.tensor(of: Float.self, as: Scalar.self))
    let output = try #require(try golden.output?.tensor(of: Double.self, as: Double.self))
    let gradients = Conv2dGradients<Double>(
      input: try golden.inputGradient?.tensor(of: Double.self),
      weight: try golden.weightGradient?.tensor(of: Double.self),
      bias: try golden.biasGradient?.tensor(of: Double.self))

    let expected = try ExpectedOutput(of: layer, at: input)
    var expectedGradients = try ExpectedGradients(of: layer, at: input, outputGradient: outputGradient)
    expectedGradients.gradients = gradients
    for (layer, algorithm) in layersOfEveryAlgorithm(layer) {
      guard let actual = try unlessUnavailable({ try poisonedForward(layer, input) }) else { continue }
      let error = NormalizedError(of: actual, reference: output, magnitude: expected.magnitude).value
      #expect(error <= expected.bound(of: layer), "\(algorithm)")
      let actualGradients = try layer.gradients(of: outputGradient, at: input)
      let shares = expectedGradients.shares(of: actualGradients, by: layer)
      #expect(shares.count == (layer.bias == nil ? 2 : 3))
      for (name, share) in shares { #expect(share <= 1, "\(name), \(algorithm)") }
    }
  }
}
