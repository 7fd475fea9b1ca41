package import Convolution
package import ReferenceConvolution

/// A layer, an input for it and a gradient of its output, of random numbers: the same seed gives the same ones.
package struct Sample<Scalar: ConvolutionScalar> {
  package let layer: Conv2d<Scalar>
  package let input, outputGradient: Tensor<Scalar>

  package init(_ configuration: ConvolutionCase, seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    layer = try configuration.layer(using: &generator)
    input = try configuration.input(using: &generator)
    outputGradient = try RandomScalars.uniform.tensor(layer.outputShape(for: input.shape), using: &generator)
  }
}

/// The same of a transposed convolution.
package struct TransposedSample<Scalar: ConvolutionScalar> {
  package let layer: ConvTranspose2d<Scalar>
  package let input, outputGradient: Tensor<Scalar>

  package init(_ configuration: TransposedCase, seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    layer = try configuration.layer(using: &generator)
    input = try RandomScalars.uniform.tensor(configuration.inputShape, using: &generator)
    outputGradient = try RandomScalars.uniform.tensor(layer.outputShape(for: input.shape), using: &generator)
  }
}
