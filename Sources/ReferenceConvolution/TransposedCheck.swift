public import Convolution

/// What a transposed layer should compute, and how much its results may differ from it.
public struct ExpectedTransposed<Scalar: ConvolutionScalar>: Sendable {
  /// The output in Double, and Σ|products| of each of its scalars; another implementation's output may take its place.
  public var output: Tensor<Double>
  private let magnitude: Tensor<Double>
  /// The gradients in Double.
  public var gradients: Conv2dGradients<Double>
  private let magnitudes: Conv2dGradients<Double>
  private let terms: (output: Int, input: Int, weight: Int, bias: Int)

  /// Computes and differentiates with the reference.
  public init(
    of layer: ConvTranspose2d<Scalar>, at input: Tensor<Scalar>, outputGradient: Tensor<Scalar>
  ) throws(ConvolutionError) {
    let naive = NaiveTransposedConvolution(layer)
    let (weight, bias) = (layer.weight.value, layer.bias?.value)
    output = try naive.forward(input.inDouble(), weight: weight.inDouble(), bias: bias?.inDouble())
    magnitude = try naive.forward(input.magnitudes(), weight: weight.magnitudes(), bias: bias?.magnitudes())
    gradients = try naive.gradients(of: outputGradient.inDouble(), at: input.inDouble(), weight: weight.inDouble())
    magnitudes = try naive.gradients(
      of: outputGradient.magnitudes(), at: input.magnitudes(), weight: weight.magnitudes())
    let taps = weight.shape[2] * weight.shape[3]
    terms = (
      weight.shape[0] / layer.groups * taps + 1, weight.shape[1] * taps, input.count / weight.shape[0],
      outputGradient.count / layer.outputChannels
    )
  }

  /// How far output and gradients lie from the reference, each as a part of the largest error that is promised: 1 is the
  /// limit.
  public func shares(
    of actual: Tensor<Scalar>, _ gradients: Conv2dGradients<Scalar>, by layer: ConvTranspose2d<Scalar>
  ) -> [(name: String, share: Double)] {
    func share(_ actual: Tensor<Scalar>?, _ reference: Tensor<Double>?, _ magnitude: Tensor<Double>?, _ terms: Int)
      -> Double?
    {
      guard let actual, let reference, let magnitude else { return nil }
      return NormalizedError(of: actual, reference: reference, magnitude: magnitude).value
        / NormalizedError.bound(terms: terms, of: layer)
    }
    return [
      ("output", share(actual, output, magnitude, terms.output)),
      ("input gradient", share(gradients.input, self.gradients.input, magnitudes.input, terms.input)),
      ("weight gradient", share(gradients.weight, self.gradients.weight, magnitudes.weight, terms.weight)),
      ("bias gradient", share(gradients.bias, self.gradients.bias, magnitudes.bias, terms.bias)),
    ].compactMap { name, share in share.map { (name, $0) } }
  }
}

/// Everything that is promised of one transposed convolution, checked through every algorithm that serves it, as
/// ``CaseCheck`` does for a convolution.
public struct TransposedCheck<Scalar: ConvolutionScalar> {
  /// What was found wrong.
  public private(set) var failures: [String] = []
  /// How many cases each algorithm served.
  public private(set) var served: Set<ConvolutionAlgorithm> = []

  /// Checks a case with scalars that come from a generator.
  public init(_ configuration: TransposedCase, using generator: inout some RandomNumberGenerator) throws {
    let scalars: RandomScalars = Int.random(in: 1...3, using: &generator) == 1 ? .smallIntegers : .uniform
    let otherThreads = [2, 3, 4, 8].randomElement(using: &generator)!
    let original: ConvTranspose2d<Scalar> = try configuration.layer(holding: scalars, using: &generator)
    let input: Tensor<Scalar> = try scalars.tensor(configuration.inputShape, using: &generator)
    let outputGradient: Tensor<Scalar> = try scalars.tensor(
      original.outputShape(for: input.shape), using: &generator)
    let inputBefore = input.scalars
    let expected = try ExpectedTransposed(of: original, at: input, outputGradient: outputGradient)
    for (layer, algorithm) in layersOfEveryAlgorithm(original) {
      let name = "\(Scalar.self) \(scalars) \(algorithm) \(layer.precision)"
      guard let output = try unlessUnavailable({ try poisonedForward(layer, input) }) else { continue }
      served.insert(algorithm)
      let gradients = try layer.gradients(of: outputGradient, at: input)
      let shares = expected.shares(of: output, gradients, by: layer)
      let limit: Double = scalars == .smallIntegers && !mayUseLargeTiles(layer) ? 0 : 1
      for (part, share) in shares where !(share <= limit) {
        failures.append("\(name): \(part) at \(share) of its bound")
      }
      if shares.count != (layer.bias == nil ? 3 : 4) { failures.append("\(name): \(shares.count) results") }
      var other = layer
      other.device = try .cpu(threads: otherThreads)
      let (otherOutput, otherGradients) = try (
        poisonedForward(other, input), other.gradients(of: outputGradient, at: input)
      )
      if !sameBits(otherOutput, output) || !sameBits(otherGradients, gradients) {
        failures.append("\(name): other bits on \(otherThreads) threads")
      }
      guard let batch = configuration.batch, batch > 0 else { continue }
      let (last, lastGradient) = (input[image: batch - 1], outputGradient[image: batch - 1])
      let alone = try layer.gradients(of: lastGradient, at: last, for: .input).input
      let lastOutput = try layer(last)
      if !sameBits(lastOutput, output[image: batch - 1])
        || !sameBits(alone!, gradients.input![image: batch - 1])
      {
        failures.append("\(name): other bits for the last image alone")
      }
    }
    if !served.isSuperset(of: [.automatic, .im2col, .direct]) { failures.append("served by \(served) alone") }
    if !sameBits(try Tensor(shape: input.shape, scalars: inputBefore), input) { failures.append("input was changed") }
  }
}
