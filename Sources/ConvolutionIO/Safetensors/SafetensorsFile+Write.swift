public import Convolution

extension SafetensorsFile {
  /// Writes tensors as a safetensors file, `Float` as `F32` and `Double` as `F64`.
  ///
  /// The file is written beside `path` under another name and renamed when it is whole and on disk: after an error the
  /// old file, or none, is there as before. The same tensors and metadata always give the same bytes.
  ///
  /// - Parameters:
  ///   - tensors: The tensors by name, such as a module's state dictionary.
  ///   - metadata: Notes for readers, such as `["format": "pt"]`.
  ///   - path: Where the file is to stand. A file that is there is replaced.
  /// - Throws: ``FileFormatError/reservedName(path:name:)`` for a tensor named `__metadata__`,
  ///   ``FileFormatError/headerTooLong(path:limit:actual:)`` when names and metadata pass 100 MB,
  ///   ``FileFormatError/notARegularFile(path:)`` or ``FileFormatError/systemFailure(path:operation:code:)``.
  public static func write<Scalar>(
    _ tensors: [String: Tensor<Scalar>], metadata: [String: String] = [:], path: String
  ) throws(FileFormatError) {
    guard tensors[SafetensorsHeader.metadataKey] == nil else {
      throw .reservedName(path: path, name: SafetensorsHeader.metadataKey)
    }
    let tensors = tensors.sorted { $0.key < $1.key }
    let header = header(of: tensors, metadata: metadata)
    guard header.count <= HeaderScanner.longestHeader else {
      throw .headerTooLong(path: path, limit: HeaderScanner.longestHeader, actual: UInt64(header.count))
    }
    let file = try FileReplacement(of: path)
    unsafe try file.write(CollectionOfOne(UInt64(header.count)).span.bytes)
    unsafe try file.write(header.span.bytes)
    for (_, tensor) in tensors {
      try tensor.withUnsafeBufferPointer { (scalars) throws(FileFormatError) in
        unsafe try file.write(scalars.span.bytes)
      }
    }
    try file.commit()
  }

  /// The header's text, with spaces at the end so that the data begin at a multiple of 8 bytes.
  private static func header<Scalar>(
    of tensors: [(key: String, value: Tensor<Scalar>)], metadata: [String: String]
  ) -> [UInt8] {
    let dataType = StoredScalar(of: Scalar.self) == .float32 ? DataType.float32 : .float64
    var members: [String] = []
    if !metadata.isEmpty {
      let notes = metadata.sorted { $0.key < $1.key }.map { "\(jsonString($0)):\(jsonString($1))" }
      members.append("\(jsonString(SafetensorsHeader.metadataKey)):{\(notes.joined(separator: ","))}")
    }
    var offset = 0
    for (name, tensor) in tensors {
      // Not the product of the shape, which need not fit 64 bits where an extent is zero.
      let end = offset + tensor.withUnsafeBufferPointer { $0.count } * MemoryLayout<Scalar>.stride
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(jsonString(name)):{\"dtype\":\"\(dataType.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    header += Array(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    return header
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
