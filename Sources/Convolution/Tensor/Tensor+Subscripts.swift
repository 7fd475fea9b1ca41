extension Tensor {
  /// One scalar, by one index for each dimension: `image[channel, row, column]`.
  ///
  /// An index outside its extent, or another number of indices than dimensions, stops the process with a message that names
  /// both. Each access checks every index: a loop over many scalars runs faster over ``span`` or ``mutableSpan``.
  public subscript(_ indices: Int...) -> Scalar {
    get { span[offset(of: indices)] }
    set {
      let offset = offset(of: indices)
      var scalars = mutableSpan
      scalars[offset] = newValue
    }
  }

  /// A copy of one entry along the first dimension: for a batch `[N, C, H, W]` an image `[C, H, W]`.
  ///
  /// An index outside `0..<N` stops the process with a message that names both, as does a tensor without dimensions, or
  /// memory that cannot be had.
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

  /// Where a scalar stands in row-major order.
  private func offset(of indices: [Int]) -> Int {
    guard indices.count == shape.count else {
      fatalError("Tensor: expected \(shape.count) indices for shape \(shape), got \(indices.count): \(indices)")
    }
    var offset = 0
    for axis in 0..<shape.count {
      let (index, extent) = (indices[axis], shape[axis])
      // A release build prints nothing for a failed precondition.
      guard index >= 0, index < extent else {
        fatalError(
          "Tensor: expected an index from 0 up to but not including \(extent) for axis \(axis) of shape \(shape), "
            + "got \(index)")
      }
      offset = offset * extent + index
    }
    return offset
  }
}
