internal import CConvolutionKernels
internal import Convolution

#if !_endian(little)
  #error("Both file formats hold little-endian numbers, which are copied as they are.")
#endif

/// The kinds of floating-point numbers in files that become a tensor's scalars, or are made of them.
enum StoredScalar {
  case float16, bfloat16, float32, float64

  var byteCount: Int {
    switch self {
    case .float16, .bfloat16: 2
    case .float32: 4
    case .float64: 8
    }
  }

  /// The kind that holds a tensor's scalars exactly.
  init<Scalar: ConvolutionScalar>(of type: Scalar.Type) {
    self = type == Float.self ? .float32 : .float64
  }

  /// Converts as many numbers as both buffers hold. The source may lie at any address.
  @inline(__always)
  func read<Scalar: ConvolutionScalar>(
    _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableBufferPointer<Scalar>
  ) {
    switch self {
    case .float16:
      unsafe convert(source, into: destination) { (bits: UInt16) in Scalar(converting: convolution_from_float16(bits)) }
    case .bfloat16:
      unsafe convert(source, into: destination) { (bits: UInt16) in Scalar(converting: convolution_from_bfloat16(bits))
      }
    case .float32:
      unsafe convert(source, into: destination) { (value: Float) in Scalar(converting: value) }
    case .float64:
      unsafe convert(source, into: destination) { (value: Double) in Scalar(converting: value) }
    }
  }

  @inline(__always)
  private func convert<Stored: BitwiseCopyable, Scalar: ConvolutionScalar>(
    _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableBufferPointer<Scalar>,
    _ conversion: (Stored) -> Scalar
  ) {
    let stride = MemoryLayout<Stored>.stride
    let count = min(source.count / stride, destination.count)
    if Stored.self == Scalar.self {
      // Keeps every bit, those of a signalling NaN too.
      unsafe UnsafeMutableRawBufferPointer(destination).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: source[..<(count * stride)]))
      return
    }
    // Loads from a buffer are checked one by one, which would keep the compiler from converting several at once.
    guard let start = source.baseAddress else { return }
    for index in 0..<count {
      unsafe destination[index] = conversion(start.loadUnaligned(fromByteOffset: index * stride, as: Stored.self))
    }
  }

  /// The scalars' bytes as numbers of this kind.
  func bytes<Scalar: ConvolutionScalar>(of scalars: UnsafeBufferPointer<Scalar>) -> [UInt8] {
    switch self {
    case .float16: unsafe bytes(of: scalars) { UInt16(float16: $0.double) }
    case .bfloat16: unsafe bytes(of: scalars) { UInt16(bfloat16: $0.double) }
    case .float32: unsafe bytes(of: scalars) { $0.double.narrowed }
    case .float64: unsafe bytes(of: scalars) { $0.double }
    }
  }

  @inline(__always)
  private func bytes<Scalar: ConvolutionScalar, Stored: BitwiseCopyable>(
    of scalars: UnsafeBufferPointer<Scalar>, _ conversion: (Scalar) -> Stored
  ) -> [UInt8] {
    let stride = MemoryLayout<Stored>.stride
    return unsafe [UInt8](unsafeUninitializedCapacity: scalars.count * stride) { bytes, initialized in
      for index in scalars.indices {
        unsafe UnsafeMutableRawBufferPointer(bytes).storeBytes(
          of: conversion(scalars[index]), toByteOffset: index * stride, as: Stored.self)
      }
      initialized = scalars.count * stride
    }
  }
}

extension ConvolutionScalar {
  /// The same number, whatever the thread's rounding mode.
  @inline(__always)
  fileprivate init(converting value: Float) {
    self = Self.self == Float.self ? value as! Self : value.widened as! Self
  }

  /// The nearest number, whatever the thread's rounding mode.
  @inline(__always)
  fileprivate init(converting value: Double) {
    self = Self.self == Double.self ? value as! Self : value.narrowed as! Self
  }

  @inline(__always)
  fileprivate var double: Double {
    Self.self == Double.self ? self as! Double : (self as! Float).widened
  }
}

extension Tensor {
  /// Reads a tensor from the bytes in `range`, which must be as many as the shape and the kind of number need.
  @inline(__always)
  init(shape: [Int], of kind: StoredScalar, in range: Range<Int>, of bytes: FileBytes) throws(FileFormatError) {
    unsafe try self.init(shape: shape, in: range, of: bytes) { source, destination in
      unsafe kind.read(source, into: destination)
    }
  }

  /// A tensor that `read` fills from the bytes in `range`.
  @inline(__always)
  init(
    shape: [Int], in range: Range<Int>, of bytes: FileBytes,
    read: (UnsafeRawBufferPointer, UnsafeMutableBufferPointer<Scalar>) throws(FileFormatError) -> Void
  ) throws(FileFormatError) {
    do throws(ConvolutionError) {
      try self.init(uninitialized: shape)
    } catch {
      throw .convolution(path: bytes.path, error)
    }
    try withUnsafeMutableBufferPointer { (destination) throws(FileFormatError) in
      try bytes.withBytes(in: range) { (source) throws(FileFormatError) in
        unsafe try read(source, destination)
      }
    }
  }
}
