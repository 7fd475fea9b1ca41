public import Convolution

/// The output, written into a tensor that held NaN everywhere: what a kernel forgets to write shows.
public func poisonedForward<Layer: ConvolutionLayer>(
  _ layer: Layer, _ input: Tensor<Layer.Scalar>
) throws(ConvolutionError) -> Tensor<Layer.Scalar> {
  var output = try Tensor<Layer.Scalar>(repeating: .nan, shape: layer.outputShape(for: input.shape))
  try layer.forward(input, into: &output)
  return output
}

/// The layer with each algorithm, and with `automatic` at either precision.
public func layersOfEveryAlgorithm<Layer: ConvolutionLayer>(
  _ layer: Layer
) -> [(layer: Layer, algorithm: ConvolutionAlgorithm)] {
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
public func unlessUnavailable<R>(_ body: () throws -> R) throws -> R? {
  do {
    return try body()
  } catch ConvolutionError.algorithmUnavailable {
    return nil
  }
}

/// Whether the layer may be computed by F(4×4) or F(3×3), of 3×3 or 5×5 filters, which alone are not exact on small integers.
public func mayUseLargeTiles<Layer: ConvolutionLayer>(_ layer: Layer) -> Bool {
  if layer.algorithm == .winograd4x4 { return true }
  return layer.algorithm == .automatic && layer.precision == .standard && Layer.Scalar.self == Float.self
    && (layer.kernelSize == 3 && (layer.stride == 1 || (layer.stride == 2 && layer.dilation == 1))
      || layer.kernelSize == 5 && layer.stride == 1)
    && min(layer.inputChannels, layer.outputChannels) / layer.groups >= 16
}
