public import Convolution

/// NumPy's file of one array, `.npy`: versions 1.0 to 3.0, types `<f4` and `<f8`, in C and in Fortran order.
///
/// ```swift
/// let image = try NumPyFile.read(path: "image.npy", as: Float.self)
/// let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 64, kernelSize: 3)
/// try NumPyFile.write(layer(image), path: "features.npy")
/// ```
public enum NumPyFile {
  /// In which order an array's scalars stand in the file.
  public enum Order: Sendable, Hashable, CaseIterable {
    /// The last index varies fastest: C order, as in memory.
    case rowMajor
    /// The first index varies fastest: Fortran order.
    case columnMajor
  }

  /// Reads the array in the file at `path`.
  ///
  /// Every claim of the file is checked: any file, even a malicious one, gives a value or an error. Another program must
  /// not shorten the file meanwhile; the system ends a process that reads mapped bytes which are gone.
  ///
  /// - Parameters:
  ///   - path: The file's path.
  ///   - type: `Float` or `Double`. `<f4` becomes `Double` exactly; `<f8` becomes `Float` by rounding to the nearest (to
  ///     infinity where it is too large).
  /// - Returns: The array with its shape in the file, whatever its order there.
  /// - Throws: ``FileFormatError``.
  public static func read<Scalar>(
    path: String, as type: Scalar.Type = Scalar.self
  ) throws(FileFormatError) -> Tensor<Scalar> {
    try read(FileBytes(mapping: path))
  }

  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  static func read<Scalar: ConvolutionScalar>(_ bytes: FileBytes) throws(FileFormatError) -> Tensor<Scalar> {
    let header = try NumPyHeader(of: bytes)
    guard header.isColumnMajor else {
      return try Tensor(shape: header.shape, of: header.kind, in: header.data, of: bytes)
    }
    // Column by column is row by row with the axes reversed.
    let stored = try Tensor<Scalar>(shape: header.shape.reversed(), of: header.kind, in: header.data, of: bytes)
    return try stored.reversingAxes(path: bytes.path)
  }

  /// Writes a tensor, `Float` as `<f4` and `Double` as `<f8`.
  ///
  /// The file is written beside `path` under another name and renamed when it is whole and on disk: after an error the
  /// old file, or none, is there as before.
  ///
  /// - Parameters:
  ///   - tensor: The tensor to write.
  ///   - path: Where the file is to stand. A file that is there is replaced.
  ///   - order: The order of the scalars in the file.
  /// - Throws: ``FileFormatError/invalidPath(path:)``, ``FileFormatError/notARegularFile(path:)``,
  ///   ``FileFormatError/systemFailure(path:operation:code:)``,
  ///   ``FileFormatError/headerTooLong(path:limit:actual:)`` for millions of dimensions, or
  ///   ``FileFormatError/convolution(path:_:)`` when there is no memory to reorder the scalars.
  public static func write<Scalar>(
    _ tensor: Tensor<Scalar>, path: String, order: Order = .rowMajor
  ) throws(FileFormatError) {
    let start = start(shape: tensor.shape, kind: StoredScalar(of: Scalar.self), order: order)
    guard start.count <= HeaderScanner.longestHeader else {
      throw .headerTooLong(path: path, limit: HeaderScanner.longestHeader, actual: UInt64(start.count))
    }
    let stored = order == .rowMajor ? tensor : try tensor.reversingAxes(path: path)
    let file = try FileReplacement(of: path)
    unsafe try file.write(start.span.bytes)
    try stored.withUnsafeBufferPointer { (scalars) throws(FileFormatError) in
      unsafe try file.write(scalars.span.bytes)
    }
    try file.commit()
  }

  /// All that stands before the data: version 1, or 2 for a header of more than 65,535 bytes, filled up with spaces so that
  /// the data begin at a multiple of 64 bytes.
  private static func start(shape: [Int], kind: StoredScalar, order: Order) -> [UInt8] {
    let name = NumPyHeader.kinds.first { $0.kind == kind }?.name ?? ""
    let extents = shape.map { "\($0), " }.joined()
    let dictionary =
      "{'descr': '\(name)', 'fortran_order': \(order == .columnMajor ? "True" : "False"), 'shape': (\(extents)), }"
    for (version, lengthByteCount) in [(UInt8(1), 2), (2, 4)] {
      let fixed = NumPyHeader.magic.count + 2 + lengthByteCount
      let spaces = 63 - (fixed + dictionary.utf8.count) % 64
      let length = dictionary.utf8.count + spaces + 1
      if version == 1, length > Int(UInt16.max) { continue }
      let lengthBytes = (0..<lengthByteCount).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
      return NumPyHeader.magic + [version, 0] + lengthBytes + dictionary.utf8
        + Array(repeating: UInt8(ascii: " "), count: spaces) + [UInt8(ascii: "\n")]
    }
    return []
  }
}
