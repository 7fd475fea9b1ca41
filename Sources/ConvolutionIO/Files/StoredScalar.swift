internal import Convolution

#if !_endian(little)
  #error("Both file formats hold little-endian numbers, which are copied as they are.")
#endif

/// The kinds of numbers in files that become a tensor's scalars.
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
      unsafe convert(source, into: destination) { (bits: UInt16) in Scalar(Float(float16: bits)) }
    case .bfloat16:
      unsafe convert(source, into: destination) { (bits: UInt16) in Scalar(Float(bitPattern: UInt32(bits) << 16)) }
    case .float32:
      unsafe convert(source, into: destination) { (value: Float) in Scalar(value) }
    case .float64:
      unsafe convert(source, into: destination) { (value: Double) in Scalar(value) }
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
    for index in 0..<count {
      unsafe destination[index] = conversion(source.loadUnaligned(fromByteOffset: index * stride, as: Stored.self))
    }
  }
}

extension Float {
  /// The value of 16 bits in IEEE 754's format for that size.
  ///
  /// Where the processor's baseline has no instruction for it, `Float(Float16(bitPattern:))` is a call for each number. This
  /// is a few operations on many at once: it moves the bits to their places, which leaves an exponent too small by 112.
  init(float16 bits: UInt16) {
    let scaled = Float(bitPattern: UInt32(bits & 0x7FFF) << 13) * 0x1p112
    // The largest exponent stands for infinity and NaN in both formats.
    let exponent: UInt32 = bits & 0x7C00 == 0x7C00 ? 0x7F80_0000 : 0
    self = Float(bitPattern: scaled.bitPattern | exponent | UInt32(bits & 0x8000) << 16)
  }
}

extension Tensor {
  /// Reads a tensor from the bytes in `range`, which must be as many as the shape and the kind of number need.
  @inline(__always)
  init(shape: [Int], of kind: StoredScalar, in range: Range<Int>, of bytes: FileBytes) throws(FileFormatError) {
    do throws(ConvolutionError) {
      try self.init(uninitialized: shape)
    } catch {
      throw .convolution(path: bytes.path, error)
    }
    withUnsafeMutableBufferPointer { destination in
      bytes.withBytes(in: range) { source in
        unsafe kind.read(source, into: destination)
      }
    }
  }
}
