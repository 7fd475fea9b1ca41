import Convolution
import ReferenceConvolution
import Testing

/// Expects every algorithm that serves the layer to give the reference's output within its bound.
func expectAgreement<Scalar: ConvolutionScalar>(
  _ layer: Conv2d<Scalar>, at input: Tensor<Scalar>, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let expected = try ExpectedOutput(of: layer, at: input)
  #expect(try layer.outputShape(for: input.shape) == expected.output.shape, sourceLocation: sourceLocation)
  for (layer, algorithm) in layersOfEveryAlgorithm(layer) {
    guard let output = try unlessUnavailable({ try poisonedForward(layer, input) }) else { continue }
    let error = expected.error(of: output)
    let bound = expected.bound(algorithm, layer.precision)
    #expect(
      error <= bound, "\(algorithm), \(layer.precision): \(layer) at \(input.shape)",
      sourceLocation: sourceLocation)
  }
}

/// Expects every algorithm that serves the layer to give the reference's gradients within its bound.
func expectGradientAgreement<Scalar: ConvolutionScalar>(
  _ layer: Conv2d<Scalar>, at input: Tensor<Scalar>, outputGradient: Tensor<Scalar>,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let expected = try ExpectedGradients(of: layer, at: input, outputGradient: outputGradient)
  for (layer, algorithm) in layersOfEveryAlgorithm(layer) {
    guard let gradients = try unlessUnavailable({ try layer.gradients(of: outputGradient, at: input) }) else {
      continue
    }
    #expect(gradients.input != nil && gradients.weight != nil, sourceLocation: sourceLocation)
    #expect((gradients.bias == nil) == (layer.bias == nil), sourceLocation: sourceLocation)
    for (name, share) in expected.shares(of: gradients, algorithm, layer.precision) {
      #expect(
        share <= 1, "\(name), \(algorithm), \(layer.precision): \(layer) at \(input.shape)",
        sourceLocation: sourceLocation)
    }
  }
}

/// The output, written into a tensor that held NaN everywhere: what a kernel forgets to write shows.
func poisonedForward<Scalar: ConvolutionScalar>(
  _ layer: Conv2d<Scalar>, _ input: Tensor<Scalar>
) throws(ConvolutionError) -> Tensor<Scalar> {
  var output = try Tensor<Scalar>(repeating: .nan, shape: layer.outputShape(for: input.shape))
  try layer.forward(input, into: &output)
  return output
}

/// The layer with each algorithm, and with `automatic` at either precision.
func layersOfEveryAlgorithm<Scalar: ConvolutionScalar>(
  _ layer: Conv2d<Scalar>
) -> [(layer: Conv2d<Scalar>, algorithm: ConvolutionAlgorithm)] {
  var strict = layer
  strict.algorithm = .automatic
  strict.precision = .strict
  return [(strict, .automatic)]
    + ConvolutionAlgorithm.allCases.map { algorithm in
      var forced = layer
      forced.algorithm = algorithm
      return (forced, algorithm)
    }
}

/// `nil` when a forced algorithm does not serve the layer.
func unlessUnavailable<R>(_ body: () throws -> R) throws -> R? {
  do {
    return try body()
  } catch ConvolutionError.algorithmUnavailable {
    return nil
  }
}

/// Whether the layer may be computed by F(4×4), the one algorithm that is not exact on small integers.
func mayUseWinograd4x4<Scalar>(_ layer: Conv2d<Scalar>) -> Bool {
  layer.algorithm == .winograd4x4 || (layer.algorithm == .automatic && layer.precision == .standard)
}
