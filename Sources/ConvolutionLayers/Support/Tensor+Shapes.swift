import Convolution

extension Tensor {
  /// The same scalars under another shape.
  func reshaped(to shape: [Int]) throws(ConvolutionError) -> Tensor {
    try withUnsafeBufferPointer { scalars throws(ConvolutionError) in
      unsafe try Tensor(shape: shape, scalars: scalars)
    }
  }

  static func concatenating(_ tensors: [Tensor], axis: Int) throws(ConvolutionError) -> Tensor {
    var shape = tensors[0].shape
    for tensor in tensors.dropFirst() {
      var same = tensor.shape
      guard same.count == shape.count else { throw .shapeMismatch(name: "tensors", expected: "\(shape)", actual: same) }
      same[axis] = shape[axis]
      guard same == shape else { throw .shapeMismatch(name: "tensors", expected: "\(shape)", actual: tensor.shape) }
    }
    shape[axis] = tensors.map { $0.shape[axis] }.reduce(0, +)
    var scalars: [Scalar] = []
    let pieces = shape[..<axis].reduce(1, *)
    let all = tensors.map { ($0.scalars, $0.count / max(1, pieces)) }
    for piece in 0..<pieces { for (source, size) in all { scalars += source[piece * size..<(piece + 1) * size] } }
    return try Tensor(shape: shape, scalars: scalars)
  }
}
