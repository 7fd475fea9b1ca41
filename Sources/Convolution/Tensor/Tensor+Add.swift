extension Tensor {
  /// Adds another tensor of the same shape, if there is one.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  package mutating func add(_ other: Tensor?, name: String) throws(ConvolutionError) {
    guard let other else { return }
    guard other.shape == shape else { throw .shapeMismatch(name: name, expected: "\(shape)", actual: other.shape) }
    withUnsafeMutableBufferPointer { sums in
      other.withUnsafeBufferPointer { terms in
        for index in sums.indices { unsafe sums[index] += terms[index] }
      }
    }
  }
}
