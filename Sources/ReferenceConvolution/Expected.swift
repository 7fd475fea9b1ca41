public import Convolution

/// What a layer should compute for one input, and how much its results may differ from it.
public struct ExpectedOutput<Scalar: ConvolutionScalar>: Sendable {
  /// The output in Double.
  public let output: Tensor<Double>
  /// Σ|products| of every output.
  public let magnitude: Tensor<Double>
  /// Products summed up for one output, and its bias.
  public let terms: Int

  /// Convolves with the reference.
  public init(of layer: Conv2d<Scalar>, at input: Tensor<Scalar>) throws(ConvolutionError) {
    let naive = NaiveConvolution(layer)
    let bias = layer.bias?.value
    output = try naive.forward(input.inDouble(), weight: layer.weight.value.inDouble(), bias: bias?.inDouble())
    magnitude = try naive.forward(
      input.magnitudes(), weight: layer.weight.value.magnitudes(), bias: bias?.magnitudes())
    terms = layer.weight.value.shape.dropFirst().reduce(1, *) + 1
  }

  /// How far an output lies from the reference.
  public func error(of actual: Tensor<Scalar>) -> Double {
    NormalizedError(of: actual, reference: output, magnitude: magnitude).value
  }

  /// The largest error of an output beside its own products, as a part of what is promised of `automatic`: 1 is the limit.
  public func ownShare(of actual: Tensor<Scalar>, by layer: Conv2d<Scalar>) -> Double {
    NormalizedError(of: actual, reference: output, magnitude: magnitude).own
      / NormalizedError.ownBound(terms: terms, of: layer)
  }

  /// The largest error that is promised of a layer's algorithm and precision.
  public func bound(of layer: Conv2d<Scalar>) -> Double { NormalizedError.bound(terms: terms, of: layer) }
}

/// The gradients that a layer should compute, and how much its results may differ from them.
public struct ExpectedGradients<Scalar: ConvolutionScalar>: Sendable {
  /// The gradients in Double; another implementation's may take their place.
  public var gradients: Conv2dGradients<Double>
  /// Σ|products| of every gradient.
  public let magnitudes: Conv2dGradients<Double>
  private let terms: (input: Int, weight: Int)

  /// Differentiates with the reference.
  public init(
    of layer: Conv2d<Scalar>, at input: Tensor<Scalar>, outputGradient: Tensor<Scalar>
  ) throws(ConvolutionError) {
    let naive = NaiveConvolution(layer)
    let weight = layer.weight.value
    gradients = try naive.gradients(
      of: outputGradient.inDouble(), at: input.inDouble(), weight: weight.inDouble())
    magnitudes = try naive.gradients(
      of: outputGradient.magnitudes(), at: input.magnitudes(), weight: weight.magnitudes())
    terms = (
      weight.shape[0] / layer.groups * weight.shape[2] * weight.shape[3],
      outputGradient.shape.reduce(1, *) / weight.shape[0]
    )
  }

  /// The gradients that came, each with its error as a part of the largest that is promised: 1 is the limit.
  public func shares(
    of actual: Conv2dGradients<Scalar>, by layer: Conv2d<Scalar>
  ) -> [(name: String, share: Double)] {
    shares(of: actual) { error, terms in error.value / NormalizedError.bound(terms: terms, of: layer) }
  }

  /// The same for the errors beside each gradient's own products.
  public func ownShares(
    of actual: Conv2dGradients<Scalar>, by layer: Conv2d<Scalar>
  ) -> [(name: String, share: Double)] {
    shares(of: actual) { error, terms in error.own / NormalizedError.ownBound(terms: terms, of: layer) }
  }

  private func shares(
    of actual: Conv2dGradients<Scalar>, _ share: (NormalizedError, _ terms: Int) -> Double
  ) -> [(name: String, share: Double)] {
    func part(_ actual: Tensor<Scalar>?, _ part: KeyPath<Conv2dGradients<Double>, Tensor<Double>?>, _ terms: Int)
      -> Double?
    {
      guard let actual, let reference = gradients[keyPath: part], let magnitude = magnitudes[keyPath: part] else {
        return nil
      }
      return share(NormalizedError(of: actual, reference: reference, magnitude: magnitude), terms)
    }
    return [
      ("input", part(actual.input, \.input, terms.input)),
      ("weight", part(actual.weight, \.weight, terms.weight)),
      ("bias", part(actual.bias, \.bias, terms.weight)),
    ].compactMap { name, share in share.map { (name, $0) } }
  }
}

extension NaiveConvolution {
  /// The reference of a layer.
  public init<Scalar>(_ layer: Conv2d<Scalar>) {
    self.init(
      stride: layer.stride, padding: layer.padding, dilation: layer.dilation, groups: layer.groups,
      paddingMode: layer.paddingMode)
  }
}

extension NormalizedError {
  /// The largest error promised for a sum of this many terms by a layer's algorithm.
  public static func bound<Layer: ConvolutionLayer>(terms: Int, of layer: Layer) -> Double {
    if Layer.Scalar.self == Double.self { return 64 }
    return mayUseLargeTiles(layer) ? winogradBound(terms: terms) : bound(terms: terms)
  }
}
