extension Tensor {
  /// The same scalars, in the same order, under another shape. Both tensors share memory until one of them is changed.
  ///
  /// ```swift
  /// let features = try Tensor<Float>(zeros: [8, 64, 7, 7])
  /// print(try features.reshaped(to: [8, -1]).shape)     // [8, 3136]
  /// ```
  ///
  /// - Parameter shape: As many scalars as this tensor has. One extent may be −1: it becomes what the others leave.
  /// - Throws: ``ConvolutionError/valueOutOfRange(name:expected:actual:)`` for a shape of another count, a second −1 or
  ///   another negative extent, and for −1 beside a zero, which would fit with anything;
  ///   ``ConvolutionError/sizeOverflow(name:operands:)``.
  public func reshaped(to shape: [Int]) throws(ConvolutionError) -> Tensor {
    let known = shape.filter { $0 != -1 }
    let isOpen = known.count < shape.count
    guard known.count >= shape.count - 1, known.allSatisfy({ $0 >= 0 }), !isOpen || !known.contains(0) else {
      throw .valueOutOfRange(
        name: "shape", expected: "no negative extent, or a single -1 beside extents of 1 or more", actual: shape)
    }
    let product = try SizeArithmetic.product(known, name: "scalars of a tensor")
    guard isOpen ? count % product == 0 : count == product else {
      throw .valueOutOfRange(
        name: "shape",
        expected: "extents \(isOpen ? "that divide" : "whose product is") \(count), the scalars of "
          + "\(self.shape)", actual: shape)
    }
    return Tensor(sharing: self, shape: shape.map { $0 == -1 ? count / product : $0 })
  }

  /// The tensors one after the other along one axis, as PyTorch's `torch.cat` has it: for images `[N, C, H, W]`, axis 1
  /// puts their channels together.
  ///
  /// - Parameters:
  ///   - tensors: One or more, whose shapes differ along `axis` at most.
  ///   - axis: From 0 up to, but not including, the number of dimensions.
  /// - Throws: ``ConvolutionError/valueOutOfRange(name:expected:actual:)`` for no tensors at all or an axis that they do
  ///   not have; ``ConvolutionError/shapeMismatch(name:expected:actual:)``;
  ///   ``ConvolutionError/sizeOverflow(name:operands:)``; ``ConvolutionError/outOfMemory(byteCount:)``.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  public static func concatenating(_ tensors: [Tensor], axis: Int) throws(ConvolutionError) -> Tensor {
    guard let first = tensors.first else {
      throw .valueOutOfRange(name: "tensors", expected: "1 or more", actual: [0])
    }
    guard first.shape.indices.contains(axis) else {
      throw .valueOutOfRange(
        name: "axis", expected: "0 up to but not including \(first.shape.count), the dimensions of \(first.shape)",
        actual: [axis])
    }
    for (index, tensor) in tensors.enumerated() {
      guard tensor.shape.count == first.shape.count,
        tensor.shape.indices.allSatisfy({ $0 == axis || tensor.shape[$0] == first.shape[$0] })
      else {
        let expected = first.shape.enumerated().map { $0 == axis ? "any" : "\($1)" }.joined(separator: ", ")
        throw .shapeMismatch(name: "tensors[\(index)]", expected: "[\(expected)]", actual: tensor.shape)
      }
    }
    var shape = first.shape
    shape[axis] = try SizeArithmetic.sum(tensors.map { $0.shape[axis] }, name: "extent of axis \(axis)")
    var result = try Tensor(uninitialized: shape)
    guard result.count > 0 else { return result }
    // For each index along the axes before, every tensor has one piece that lies in a row.
    let pieces = shape[..<axis].reduce(1, *)
    let resultPiece = result.count / pieces
    result.withUnsafeMutableBufferPointer { destination in
      var start = 0
      for tensor in tensors {
        let piece = tensor.count / pieces
        tensor.withUnsafeBufferPointer { source in
          guard let source = source.baseAddress, let destination = destination.baseAddress else { return }
          for index in 0..<pieces {
            let target = unsafe destination + (index * resultPiece + start)
            unsafe target.update(from: source + index * piece, count: piece)
          }
        }
        start += piece
      }
    }
    return result
  }
}
