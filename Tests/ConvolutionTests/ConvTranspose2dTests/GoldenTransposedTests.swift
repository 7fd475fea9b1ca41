import Convolution
import Foundation
import ReferenceConvolution
import Testing

/// What PyTorch printed and computed, made by `Fixtures/transposed.py`.
private struct TransposedFixture: Decodable {
  var torch: String
  var cases: [TransposedGoldenCase]

  static let shared = Result {
    try JSONDecoder().decode(TransposedFixture.self, from: Fixture.data("transposed.json"))
  }
}

/// One layer; cases that were only printed have no arrays.
struct TransposedGoldenCase: Decodable, Sendable, CustomTestStringConvertible {
  struct Configuration: Decodable, Sendable {
    var inputChannels, outputChannels: Int
    var kernelSize, stride, padding, outputPadding, dilation: [Int]
    var groups: Int
    var hasBias: Bool

    /// A layer with random weights.
    func layer<Scalar: ConvolutionScalar>(of type: Scalar.Type) throws -> ConvTranspose2d<Scalar> {
      func size(_ pair: [Int]) -> Size2d { Size2d(pair[0], pair[1]) }
      return try ConvTranspose2d(
        inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: size(kernelSize),
        stride: size(stride), padding: size(padding), outputPadding: size(outputPadding), groups: groups,
        bias: hasBias, dilation: size(dilation))
    }
  }

  var configuration: Configuration
  var description: String
  var input, weight, bias, outputGradient: GoldenCase.Array?
  var output, inputGradient, weightGradient, biasGradient: GoldenCase.Array?

  var testDescription: String { description }
}

/// Outputs, gradients and descriptions of transposed convolutions against those of PyTorch.
struct GoldenTransposedTests {
  static let cases = (try? TransposedFixture.shared.get().cases) ?? []

  @Test func fixtureIsThere() throws {
    #expect(try TransposedFixture.shared.get().torch.hasPrefix("2.13"))
    #expect(Self.cases.count { $0.output != nil } >= 20)
    #expect(Self.cases.count >= 24)
  }

  @Test(arguments: cases)
  func description(golden: TransposedGoldenCase) throws {
    #expect(try golden.configuration.layer(of: Float.self).description == golden.description)
    #expect(try golden.configuration.layer(of: Double.self).description == golden.description)
  }

  @Test(arguments: cases.filter { $0.output != nil })
  func float(golden: TransposedGoldenCase) throws {
    try expectGolden(golden, in: Float.self)
  }

  @Test(arguments: cases.filter { $0.output != nil })
  func double(golden: TransposedGoldenCase) throws {
    try expectGolden(golden, in: Double.self)
  }

  /// Loads the weights as a user of PyTorch would, and compares the output and the three gradients.
  private func expectGolden<Scalar: ConvolutionScalar>(_ golden: TransposedGoldenCase, in type: Scalar.Type) throws {
    var layer = try golden.configuration.layer(of: Scalar.self)
    var state = ["weight": try #require(try golden.weight?.tensor(of: Float.self, as: Scalar.self))]
    state["bias"] = try golden.bias?.tensor(of: Float.self)
    try layer.load(state)
    let input = try #require(try golden.input?.tensor(of: Float.self, as: Scalar.self))
    let outputGradient = try #require(try golden.outputGradient?.tensor(of: Float.self, as: Scalar.self))
    let output = try #require(try golden.output?.tensor(of: Double.self, as: Double.self))
    try #require(try layer.outputShape(for: input.shape) == output.shape)

    var expected = try ExpectedTransposed(of: layer, at: input, outputGradient: outputGradient)
    expected.output = output
    expected.gradients = try Conv2dGradients(
      input: golden.inputGradient?.tensor(of: Double.self), weight: golden.weightGradient?.tensor(of: Double.self),
      bias: golden.biasGradient?.tensor(of: Double.self))
    for (layer, algorithm) in layersOfEveryAlgorithm(layer) {
      guard let actual = try unlessUnavailable({ try poisonedForward(layer, input) }) else { continue }
      let shares = expected.shares(of: actual, try layer.gradients(of: outputGradient, at: input), by: layer)
      #expect(shares.count == (layer.bias == nil ? 3 : 4))
      for (name, share) in shares { #expect(share <= 1, "\(name), \(algorithm)") }
    }
  }
}
