extension Tensor {
  /// A copy of the scalars, in row-major order.
  public var scalars: [Scalar] {
    withUnsafeBufferPointer { source in
      unsafe [Scalar](unsafeUninitializedCapacity: source.count) { buffer, initialized in
        unsafe buffer.copyBytes(from: source)
        initialized = source.count
      }
    }
  }

  /// Creates a tensor from its shape and its scalars in row-major order.
  ///
  /// - Throws: ``ConvolutionError/scalarCountMismatch(shape:expected:actual:)`` unless there are as many scalars as the
  ///   shape holds; ``ConvolutionError/valueOutOfRange(name:expected:actual:)`` for a negative extent;
  ///   ``ConvolutionError/sizeOverflow(name:operands:)``; ``ConvolutionError/outOfMemory(byteCount:)``.
  public init(shape: [Int], scalars: some Sequence<Scalar>) throws(ConvolutionError) {
    try self.init(uninitialized: shape)
    let expected = count
    let actual = withUnsafeMutableBufferPointer { buffer -> Int in
      let contiguous: Int? = scalars.withContiguousStorageIfAvailable { source in
        unsafe buffer.copyBytes(from: source)
        return min(source.count, expected + 1)
      }
      if let contiguous { return contiguous }
      var counted = 0
      for scalar in scalars {
        if counted < expected { unsafe buffer[counted] = scalar }
        counted += 1
        if counted > expected { break }
      }
      return counted
    }
    guard actual == expected else { throw .scalarCountMismatch(shape: shape, expected: expected, actual: actual) }
  }

  /// Creates a tensor whose scalars a closure appends, in row-major order.
  ///
  /// ```swift
  /// let ramp = try Tensor<Float>(shape: [16, 16]) { scalars in
  ///   while !scalars.isFull { scalars.append(Float(scalars.count) / 255) }
  /// }
  /// ```
  ///
  /// - Throws: What `body` throws; ``ConvolutionError/scalarCountMismatch(shape:expected:actual:)`` when it appends fewer
  ///   scalars than the shape holds (more stop the process); ``ConvolutionError/valueOutOfRange(name:expected:actual:)``
  ///   for a negative extent; ``ConvolutionError/sizeOverflow(name:operands:)``;
  ///   ``ConvolutionError/outOfMemory(byteCount:)``.
  public init(shape: [Int], initializingWith body: (inout OutputSpan<Scalar>) throws -> Void) throws {
    try self.init(uninitialized: shape)
    let actual = try withUnsafeMutableBufferPointer { buffer in
      var scalars = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
      try body(&scalars)
      return unsafe scalars.finalize(for: buffer)
    }
    guard actual == count else {
      throw ConvolutionError.scalarCountMismatch(shape: shape, expected: count, actual: actual)
    }
  }

  /// Creates a tensor that holds one value everywhere.
  ///
  /// - Throws: ``ConvolutionError/valueOutOfRange(name:expected:actual:)`` for a negative extent;
  ///   ``ConvolutionError/sizeOverflow(name:operands:)``; ``ConvolutionError/outOfMemory(byteCount:)``.
  public init(repeating value: Scalar, shape: [Int]) throws(ConvolutionError) {
    try self.init(uninitialized: shape)
    fill(with: value)
  }

  /// Creates a tensor of zeros.
  ///
  /// - Throws: ``ConvolutionError/valueOutOfRange(name:expected:actual:)`` for a negative extent;
  ///   ``ConvolutionError/sizeOverflow(name:operands:)``; ``ConvolutionError/outOfMemory(byteCount:)``.
  public init(zeros shape: [Int]) throws(ConvolutionError) {
    try self.init(repeating: 0, shape: shape)
  }

  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  mutating func fill(with value: Scalar) {
    withUnsafeMutableBufferPointer { unsafe $0.update(repeating: value) }
  }
}

extension Tensor: Equatable {
  /// Whether shapes and scalars are equal, as `==` of the scalars has it: NaN differs from itself, 0 equals −0.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  public static func == (left: Tensor, right: Tensor) -> Bool {
    guard left.shape == right.shape else { return false }
    return left.withUnsafeBufferPointer { left in
      right.withUnsafeBufferPointer { right in
        left.indices.allSatisfy { unsafe left[$0] == right[$0] }
      }
    }
  }
}
