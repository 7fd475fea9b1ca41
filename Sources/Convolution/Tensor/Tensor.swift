/// A dense array of numbers with any number of dimensions, stored row by row (the last index varies fastest).
///
/// A tensor is a value: copies share memory until one of them is changed. Images are `[N, C, H, W]` or `[C, H, W]`,
/// weights `[O, I / groups, kH, kW]`.
///
/// ```swift
/// var image = try Tensor<Float>(shape: [1, 2, 2], scalars: [1, 2, 3, 4])
/// image[0, 1, 1] = 5
/// print(image.shape, image.scalars)     // [1, 2, 2] [1.0, 2.0, 3.0, 5.0]
/// ```
public struct Tensor<Scalar: ConvolutionScalar>: Sendable {
  /// The extent of each dimension, none of them negative. A shape with a zero holds no scalars; `[]` holds one.
  public let shape: [Int]

  /// How many scalars the shape holds: the product of its extents.
  public let count: Int

  private var storage: MemoryBlock

  /// A tensor whose scalars are not initialised: the caller writes each of them before anyone reads.
  ///
  /// - Throws: ``ConvolutionError/valueOutOfRange(name:expected:actual:)`` for a negative extent,
  ///   ``ConvolutionError/sizeOverflow(name:operands:)`` for a shape that cannot be counted in 64 bits,
  ///   ``ConvolutionError/outOfMemory(byteCount:)``.
  package init(uninitialized shape: [Int]) throws(ConvolutionError) {
    _ = Scalar.scalarFormat  // which a type that is not ours has none of
    count = try Self.count(of: shape)
    storage = try MemoryBlock(count: count, of: Scalar.self)
    self.shape = shape
  }

  /// The scalars of `other` under another shape of the same count; both share memory.
  init(sharing other: Tensor, shape: [Int]) {
    (count, storage, self.shape) = (other.count, other.storage, shape)
  }

  /// The scalars, in row-major order, for as long as `body` runs.
  @safe public func withUnsafeBufferPointer<R, E: Error>(
    _ body: (UnsafeBufferPointer<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    defer { extendLifetime(storage) }
    return unsafe try body(UnsafeBufferPointer(start: storage.pointer(to: Scalar.self), count: count))
  }

  /// The scalars, in row-major order, to be changed in place for as long as `body` runs.
  ///
  /// Memory shared with another tensor is copied first. There is no way to throw here when memory runs out: the process
  /// then stops with a message.
  @safe public mutating func withUnsafeMutableBufferPointer<R, E: Error>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    let start = unsafe uniquePointer()
    defer { extendLifetime(storage) }
    return unsafe try body(UnsafeMutableBufferPointer(start: start, count: count))
  }

  /// The scalars, in row-major order, to be read.
  ///
  /// ```swift
  /// let tensor = try Tensor<Float>(shape: [2, 2], scalars: [1, 2, 3, 4])
  /// let scalars = tensor.span
  /// var sum: Float = 0
  /// for index in scalars.indices { sum += scalars[index] }
  /// ```
  public var span: Span<Scalar> {
    @_lifetime(borrow self)
    get {
      let span = unsafe Span(_unsafeStart: storage.pointer(to: Scalar.self), count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The scalars, in row-major order, to be changed in place.
  ///
  /// ```swift
  /// var tensor = try Tensor<Float>(shape: [2, 2], scalars: [1, -2, 3, -4])
  /// var scalars = tensor.mutableSpan
  /// for index in scalars.indices { scalars[index] = max(scalars[index], 0) }
  /// ```
  ///
  /// Memory shared with another tensor is copied first. There is no way to throw here when memory runs out: the process
  /// then stops with a message.
  public var mutableSpan: MutableSpan<Scalar> {
    @_lifetime(&self)
    mutating get {
      let span = unsafe MutableSpan(_unsafeStart: uniquePointer(), count: count)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }

  /// The first scalar, in memory that no other tensor shares.
  @unsafe private mutating func uniquePointer() -> UnsafeMutablePointer<Scalar> {
    do throws(ConvolutionError) {
      try makeUnique()
    } catch {
      fatalError("Tensor: a copy could not be made before a change: \(error)")
    }
    return unsafe storage.pointer(to: Scalar.self)
  }

  /// Whether no other tensor shares the memory, so that a change in place copies nothing.
  var isUnique: Bool {
    mutating get { isKnownUniquelyReferenced(&storage) }
  }

  /// Copies memory that is shared with another tensor; a change in place then copies nothing.
  package mutating func makeUnique() throws(ConvolutionError) {
    if !isUnique { self = try copy() }
  }

  /// The same scalars in memory of their own.
  func copy() throws(ConvolutionError) -> Tensor {
    var copy = try Tensor(uninitialized: shape)
    withUnsafeBufferPointer { source in
      copy.withUnsafeMutableBufferPointer { unsafe $0.copyBytes(from: source) }
    }
    return copy
  }

  private static func count(of shape: [Int]) throws(ConvolutionError) -> Int {
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw .valueOutOfRange(name: "shape", expected: "no negative extent", actual: shape)
    }
    return try SizeArithmetic.product(shape, name: "scalars of a tensor")
  }
}

extension UnsafeMutableBufferPointer where Element: BitwiseCopyable {
  /// Copies as many elements as both buffers hold; they must not overlap.
  func copyBytes(from source: UnsafeBufferPointer<Element>) {
    guard let destination = baseAddress, let origin = source.baseAddress else { return }
    unsafe destination.update(from: origin, count: Swift.min(count, source.count))
  }
}
