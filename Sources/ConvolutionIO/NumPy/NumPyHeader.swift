internal import Convolution

/// The header of a .npy file, read and checked against the file.
///
/// A file is `\x93NUMPY`, a version in 2 bytes, the length of the header (2 bytes in version 1, 4 in versions 2 and 3), the
/// header, and the data. The header is a Python dictionary of `'descr'`, `'fortran_order'` and `'shape'`, in any order.
struct NumPyHeader {
  static let magic = [0x93] + Array("NUMPY".utf8)

  let kind: StoredScalar
  let isColumnMajor: Bool
  let shape: [Int]
  /// Where in the file the data lie: as many bytes as shape and kind need, up to the file's end.
  let data: Range<Int>

  init(of bytes: FileBytes) throws(FileFormatError) {
    let found = bytes.copy(of: 0..<min(Self.magic.count, bytes.count))
    guard found == Self.magic else {
      throw FileFormatError.unexpectedContent(
        path: bytes.path, offset: 0, expected: "the bytes \\x93NUMPY", actual: found.isEmpty ? "none" : "\(found)"
      ).recognizing(bytes, expected: "a .npy file")
    }
    let version = try bytes.unsignedInteger(at: 6, byteCount: 2, name: "the version")
    guard [1, 2, 3].contains(version) else {
      throw .unexpectedContent(
        path: bytes.path, offset: 6, expected: "version 1.0, 2.0 or 3.0", actual: "\(version & 0xFF).\(version >> 8)")
    }
    let lengthByteCount = version == 1 ? 2 : 4
    let length = try bytes.unsignedInteger(at: 8, byteCount: lengthByteCount, name: "the header's length")
    let start = 8 + lengthByteCount
    var scanner = try bytes.header(at: start, length: length)
    (kind, isColumnMajor, shape) = try scanner.numPyDictionary()
    try scanner.expectEnd()
    data = start + Int(length)..<bytes.count
    guard let byteCount = try? SizeArithmetic.product(shape + [kind.byteCount], name: "bytes") else {
      throw .sizeOverflow(path: bytes.path, name: "array", shape: shape)
    }
    guard byteCount == data.count else {
      throw .dataSizeMismatch(path: bytes.path, name: "array", expected: byteCount, actual: data.count)
    }
  }

  /// The types of data that are read, by NumPy's names.
  static let kinds: [(name: String, kind: StoredScalar)] = [("<f4", .float32), ("<f8", .float64)]
}

extension HeaderScanner {
  fileprivate mutating func numPyDictionary() throws(FileFormatError) -> (StoredScalar, Bool, [Int]) {
    var kind: StoredScalar?
    var isColumnMajor: Bool?
    var shape: [Int]?
    try list(from: UInt8(ascii: "{"), to: UInt8(ascii: "}"), trailingComma: true) { (scanner) throws(FileFormatError) in
      let key = try scanner.pythonString()
      try scanner.expect(UInt8(ascii: ":"))
      switch key {
      case "descr" where kind == nil: kind = try scanner.kind()
      case "fortran_order" where isColumnMajor == nil: isColumnMajor = try scanner.truthValue()
      case "shape" where shape == nil: shape = try scanner.tuple()
      default: throw scanner.failure(expected: "descr, fortran_order and shape, each once")
      }
    }
    guard let kind, let isColumnMajor, let shape else {
      throw failure(expected: "descr, fortran_order and shape before")
    }
    return (kind, isColumnMajor, shape)
  }

  private mutating func kind() throws(FileFormatError) -> StoredScalar {
    // A list here describes records, which are no numbers.
    let isRecord = take(UInt8(ascii: "["))
    let name = isRecord ? "records" : try pythonString()
    guard let kind = NumPyHeader.kinds.first(where: { $0.name == name })?.kind else {
      throw .unsupportedDataType(path: path, name: "array", supported: NumPyHeader.kinds.map(\.name), actual: name)
    }
    return kind
  }

  private mutating func truthValue() throws(FileFormatError) -> Bool {
    if take(word: "True") { return true }
    if take(word: "False") { return false }
    throw failure(expected: "True or False")
  }

  /// Reads a tuple of integers; Python writes a tuple of one with a comma. Python 2 wrote an L behind an integer that it
  /// held to be long.
  private mutating func tuple() throws(FileFormatError) -> [Int] {
    var integers: [Int] = []
    let endsInComma = try list(
      from: UInt8(ascii: "("), to: UInt8(ascii: ")"), trailingComma: true
    ) { (scanner) throws(FileFormatError) in
      integers.append(try scanner.integer())
      if scanner.next == UInt8(ascii: "L") { _ = scanner.advance() }
    }
    guard integers.count != 1 || endsInComma else { throw failure(expected: "a comma in a tuple of one, before") }
    return integers
  }
}
