public import Convolution

extension SafetensorsFile {
  /// Writes tensors as a safetensors file, `Float` as `F32` and `Double` as `F64` unless another type is named.
  ///
  /// The file is written beside `path` under another name and renamed when it is whole and on disk: after an error the
  /// old file, or none, is there as before. The same tensors and metadata always give the same bytes.
  ///
  /// - Parameters:
  ///   - tensors: The tensors by name, such as a module's state dictionary.
  ///   - metadata: Notes for readers, such as `["format": "pt"]`.
  ///   - path: Where the file is to stand. A file that is there is replaced.
  ///   - dataType: The type in the file, one that ``DataType/isWritable``; `nil` for the tensors' own. Numbers are rounded
  ///     to the nearest, of two as near to the even one, and to infinity where they are too large; NaN stays NaN. `F16`
  ///     holds numbers up to 65504 with 11 bits, `BF16` those of `Float` with 8.
  /// - Throws: ``FileFormatError/reservedName(path:name:)`` for a tensor named `__metadata__`,
  ///   ``FileFormatError/headerTooLong(path:limit:actual:)`` when names and metadata pass 100 MB,
  ///   ``FileFormatError/unsupportedDataType(path:name:supported:actual:)`` for a type that is not written,
  ///   ``FileFormatError/invalidPath(path:)``, ``FileFormatError/notARegularFile(path:)`` or
  ///   ``FileFormatError/systemFailure(path:operation:code:)``.
  public static func write<Scalar>(
    _ tensors: [String: Tensor<Scalar>], metadata: [String: String] = [:], path: String,
    as dataType: DataType? = nil
  ) throws(FileFormatError) {
    let own = StoredScalar(of: Scalar.self)
    let dataType = dataType ?? (own == .float32 ? .float32 : .float64)
    guard let kind = dataType.storedScalar else {
      throw .unsupportedDataType(
        path: path, name: "all tensors", supported: DataType.allCases.filter(\.isWritable).map(\.rawValue),
        actual: dataType.rawValue)
    }
    guard tensors[SafetensorsHeader.metadataKey] == nil else {
      throw .reservedName(path: path, name: SafetensorsHeader.metadataKey)
    }
    let tensors = tensors.sorted { $0.key < $1.key }
    let header = header(of: tensors.map { ($0, $1.shape, scalarCount($1) * kind.byteCount) }, dataType, metadata)
    guard header.count <= HeaderScanner.longestHeader else {
      throw .headerTooLong(path: path, limit: HeaderScanner.longestHeader, actual: UInt64(header.count))
    }
    let file = try FileReplacement(of: path)
    unsafe try file.write(CollectionOfOne(UInt64(header.count)).span.bytes)
    unsafe try file.write(header.span.bytes)
    for (_, tensor) in tensors {
      try tensor.withUnsafeBufferPointer { (scalars) throws(FileFormatError) in
        if kind == own { return unsafe try file.write(scalars.span.bytes) }
        // Some at a time, so that a large tensor needs no second one.
        for start in stride(from: 0, to: scalars.count, by: 1 << 16) {
          let part = unsafe UnsafeBufferPointer(rebasing: scalars[start..<min(start + 1 << 16, scalars.count)])
          unsafe try file.write(kind.bytes(of: part).span.bytes)
        }
      }
    }
    try file.commit()
  }

  /// The header's text, with spaces at the end so that the data begin at a multiple of 8 bytes.
  private static func header(
    of tensors: [(name: String, shape: [Int], byteCount: Int)], _ dataType: DataType, _ metadata: [String: String]
  ) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let notes = metadata.sorted { $0.key < $1.key }.map { "\(jsonString($0)):\(jsonString($1))" }
      members.append("\(jsonString(SafetensorsHeader.metadataKey)):{\(notes.joined(separator: ","))}")
    }
    var offset = 0
    for (name, shape, byteCount) in tensors {
      let end = offset + byteCount
      let shape = shape.map(String.init).joined(separator: ",")
      members.append(
        "\(jsonString(name)):{\"dtype\":\"\(dataType.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    header += Array(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    return header
  }

  /// Not the product of the shape, which need not fit 64 bits where an extent is zero.
  private static func scalarCount<Scalar>(_ tensor: Tensor<Scalar>) -> Int {
    tensor.withUnsafeBufferPointer { $0.count }
  }

  private static func jsonString(_ text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        json += "\\\(scalar)"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        json += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
      default:
        json.unicodeScalars.append(scalar)
      }
    }
    return json + "\""
  }
}
