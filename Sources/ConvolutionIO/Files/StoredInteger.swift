internal import Convolution

/// The kinds of integers in files, which become scalars where those hold them exactly.
enum StoredInteger {
  case int8, int16, int32, int64, uint8, uint16, uint32, uint64

  /// Converts as many numbers as both buffers hold. The source may lie at any address.
  ///
  /// - Returns: The first integer that a scalar does not hold; those before it have been converted.
  @inline(__always)
  func read<Scalar: ConvolutionScalar>(
    _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableBufferPointer<Scalar>
  ) -> String? {
    switch self {
    case .int8: unsafe convert(Int8.self, source, into: destination)
    case .int16: unsafe convert(Int16.self, source, into: destination)
    case .int32: unsafe convert(Int32.self, source, into: destination)
    case .int64: unsafe convert(Int64.self, source, into: destination)
    case .uint8: unsafe convert(UInt8.self, source, into: destination)
    case .uint16: unsafe convert(UInt16.self, source, into: destination)
    case .uint32: unsafe convert(UInt32.self, source, into: destination)
    case .uint64: unsafe convert(UInt64.self, source, into: destination)
    }
  }

  @inline(__always)
  private func convert<Stored: FixedWidthInteger & BitwiseCopyable, Scalar: ConvolutionScalar>(
    _ stored: Stored.Type, _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableBufferPointer<Scalar>
  ) -> String? {
    let stride = MemoryLayout<Stored>.stride
    for index in 0..<min(source.count / stride, destination.count) {
      let integer = unsafe source.loadUnaligned(fromByteOffset: index * stride, as: Stored.self)
      // As many bits as lie between the first and the last that is set.
      let magnitude = integer.magnitude
      let bits = Stored.bitWidth - magnitude.leadingZeroBitCount - magnitude.trailingZeroBitCount
      guard bits <= Scalar.significandBitCount + 1 else { return "\(integer)" }
      unsafe destination[index] = Scalar(integer)
    }
    return nil
  }
}
