import Convolution

extension Tensor {
  /// The same scalars under another shape.
  func reshaped(to shape: [Int]) throws(ConvolutionError) -> Tensor {
    try withUnsafeBufferPointer { scalars throws(ConvolutionError) in
      unsafe try Tensor(shape: shape, scalars: scalars)
    }
  }

  /// Throws unless the tensor, an output's gradient, has this shape.
  func expectShape(_ expected: [Int]) throws(ConvolutionError) {
    guard shape == expected else {
      throw .shapeMismatch(name: "outputGradient", expected: "\(expected)", actual: shape)
    }
  }
}
