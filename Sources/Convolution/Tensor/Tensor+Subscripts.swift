extension Tensor {
  /// One scalar, by one index for each dimension: `image[channel, row, column]`.
  ///
  /// An index outside its extent, or another number of indices than dimensions, stops the process with a message that names
  /// both. Each access checks every index: a loop over many scalars runs faster over ``span`` or ``mutableSpan``.
  @inlinable
  public subscript(_ indices: Int...) -> Scalar {
    // Inlined, the indices need no array on the heap, which takes ten times as long as all the rest.
    get { scalar(at: TensorIndices.offset(of: indices, in: shape)) }
    set { setScalar(newValue, at: TensorIndices.offset(of: indices, in: shape)) }
  }

  /// A copy of one entry along the first dimension: for a batch `[N, C, H, W]` an image `[C, H, W]`.
  ///
  /// An index outside `0..<N` stops the process with a message that names both, as does a tensor without dimensions, or
  /// memory that cannot be allocated.
  public subscript(image index: Int) -> Tensor {
    guard let extent = shape.first else { fatalError("Tensor: expected a dimension to take an entry of, got shape []") }
    guard index >= 0, index < extent else {
      fatalError(
        "Tensor: expected an image index from 0 up to but not including \(extent) in shape \(shape), got \(index)")
    }
    do throws(ConvolutionError) {
      var image = try Tensor(uninitialized: Array(shape.dropFirst()))
      let first = index * image.count
      withUnsafeBufferPointer { source in
        image.withUnsafeMutableBufferPointer { destination in
          unsafe destination.copyBytes(from: UnsafeBufferPointer(rebasing: source[first..<first + destination.count]))
        }
      }
      return image
    } catch {
      fatalError("Tensor: an image could not be copied: \(error)")
    }
  }

  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  @usableFromInline func scalar(at offset: Int) -> Scalar { span[offset] }

  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  @usableFromInline mutating func setScalar(_ value: Scalar, at offset: Int) {
    var scalars = mutableSpan
    scalars[offset] = value
  }
}

/// The arithmetic of indices, one for each dimension.
@usableFromInline enum TensorIndices {
  /// Where a scalar stands in row-major order.
  @inlinable static func offset(of indices: [Int], in shape: [Int]) -> Int {
    guard indices.count == shape.count else { stopForCount(of: indices, in: shape) }
    var offset = 0
    for axis in 0..<shape.count {
      guard indices[axis] >= 0, indices[axis] < shape[axis] else { stopForIndex(indices[axis], axis: axis, in: shape) }
      offset = offset * shape[axis] + indices[axis]
    }
    return offset
  }

  // A release build prints nothing for a failed precondition.

  @usableFromInline static func stopForCount(of indices: [Int], in shape: [Int]) -> Never {
    fatalError("Tensor: expected \(shape.count) indices for shape \(shape), got \(indices.count): \(indices)")
  }

  @usableFromInline static func stopForIndex(_ index: Int, axis: Int, in shape: [Int]) -> Never {
    fatalError(
      "Tensor: expected an index from 0 up to but not including \(shape[axis]) for axis \(axis) of shape \(shape), "
        + "got \(index)")
  }
}
