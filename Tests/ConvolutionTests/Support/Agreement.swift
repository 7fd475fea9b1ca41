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
    let bound = expected.bound(of: layer)
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
    for (name, share) in expected.shares(of: gradients, by: layer) {
      #expect(
        share <= 1, "\(name), \(algorithm), \(layer.precision): \(layer) at \(input.shape)",
        sourceLocation: sourceLocation)
    }
  }
}
