public import Convolution

/// A layer whose input, weight and output gradient hold large values beside small ones: every output and gradient of
/// `automatic`, at either precision, within the limit of ``NormalizedError/own``.
public struct MagnitudeCheck<Scalar: ConvolutionScalar>: Sendable {
  /// What was found wrong.
  public private(set) var failures: [String] = []
  /// The largest errors by precision: of outputs, input gradients and weight gradients, as parts of the limit.
  public private(set) var shares: [Precision: [String: Double]] = [:]
  /// The layer and its patterns, for a message.
  public let description: String

  /// Checks a case with scalars that come from a generator.
  public init(_ configuration: ConvolutionCase, using generator: inout some RandomNumberGenerator) throws {
    let patterns = MagnitudePattern.allCases
    let (inputPattern, gradientPattern) = (
      patterns.randomElement(using: &generator)!, patterns.randomElement(using: &generator)!
    )
    let weightPattern =
      Bool.random(using: &generator) ? .plain : WeightPattern.allCases.randomElement(using: &generator)!
    let base = [RandomScalars.uniform, .positive, .ones].randomElement(using: &generator)!
    try self.init(
      configuration, base, inputPattern, gradientPattern, weightPattern,
      hasGradientPattern: Bool.random(using: &generator),
      using: &generator)
  }

  /// Checks a case whose tensors have these patterns.
  public init(
    _ configuration: ConvolutionCase, _ base: RandomScalars, _ inputPattern: MagnitudePattern,
    _ gradientPattern: MagnitudePattern, _ weightPattern: WeightPattern, hasGradientPattern: Bool = true,
    using generator: inout some RandomNumberGenerator
  ) throws {
    var layer: Conv2d<Scalar> = try configuration.layer(holding: base == .ones ? .ones : .uniform, using: &generator)
    if Bool.random(using: &generator) { layer.bias = nil }
    var weight = layer.weight.value
    weightPattern.apply(to: &weight, using: &generator)
    layer.weight.value = weight
    var input: Tensor<Scalar> = try configuration.input(holding: base, using: &generator)
    inputPattern.apply(to: &input, channels: configuration.inputChannels, using: &generator)
    var outputGradient: Tensor<Scalar> = try base.tensor(layer.outputShape(for: input.shape), using: &generator)
    if hasGradientPattern {
      gradientPattern.apply(to: &outputGradient, channels: configuration.outputChannels, using: &generator)
    }
    description =
      "\(Scalar.self) \(base) input \(inputPattern), output gradient \(hasGradientPattern ? "\(gradientPattern)" : "plain"), "
      + "weight \(weightPattern)"
    let expected = try ExpectedOutput(of: layer, at: input)
    let expectedGradients = try ExpectedGradients(of: layer, at: input, outputGradient: outputGradient)
    for precision in [Precision.standard, .strict] {
      layer.precision = precision
      var parts = [("output", expected.ownShare(of: try poisonedForward(layer, input), by: layer))]
      parts += expectedGradients.ownShares(of: try layer.gradients(of: outputGradient, at: input), by: layer)
      for (part, share) in parts {
        shares[precision, default: [:]][part] = share
        if !(share <= 1) { failures.append("\(description), \(precision): \(part) at \(share) of its own limit") }
      }
    }
  }
}
