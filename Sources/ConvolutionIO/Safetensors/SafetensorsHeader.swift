internal import Convolution

/// The header of a safetensors file, read and checked against the file.
///
/// A file is the length of the header in 8 bytes, the header, and the data:
///
///     header   = "{" [ member { "," member } ] "}"
///     member   = "__metadata__" ":" ( "{" [ string ":" string { "," string ":" string } ] "}" | "null" ) | name ":" tensor
///     tensor   = "{" "dtype" ":" string "," "shape" ":" integers "," "data_offsets" ":" "[" integer "," integer "]" "}"
///
/// The three members of a tensor come in any order. Their data follow one another without gap or overlap up to the end of
/// the file.
struct SafetensorsHeader {
  static let metadataKey = "__metadata__"

  private(set) var entries: [SafetensorsFile.Entry] = []
  private(set) var metadata: [String: String] = [:]
  private(set) var indices: [String: Int] = [:]

  init(of bytes: FileBytes) throws(FileFormatError) {
    var (scanner, dataStart): (HeaderScanner, Int)
    do throws(FileFormatError) {
      (scanner, dataStart) = try Self.start(of: bytes)
    } catch {
      throw error.recognizing(bytes, expected: "a safetensors file")
    }
    var names: Set<String> = []
    try scanner.object { (scanner, name) throws(FileFormatError) in
      guard names.insert(name).inserted else { throw .duplicateName(path: scanner.path, name: name) }
      if name == Self.metadataKey {
        // The reference implementation reads null as none.
        if !scanner.take(word: "null") { metadata = try scanner.stringDictionary() }
      } else {
        entries.append(try scanner.entry(name: name, dataStart: dataStart))
      }
    }
    try scanner.expectEnd()
    entries.sort { ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound) }
    try checkCoverage(of: bytes, from: dataStart)
    indices = Dictionary(uniqueKeysWithValues: zip(entries.map(\.name), entries.indices))
  }

  /// The header's text, and where the data begin.
  private static func start(of bytes: FileBytes) throws(FileFormatError) -> (HeaderScanner, dataStart: Int) {
    let length = try bytes.unsignedInteger(at: 0, byteCount: 8, name: "the header's length")
    let scanner = try bytes.header(at: 8, length: length)
    // The format asks for it; white space before would do no harm, but other readers refuse it.
    guard scanner.next == UInt8(ascii: "{") else { throw scanner.failure(expected: "'{' first") }
    return (scanner, 8 + Int(length))
  }

  /// Refuses data that leave a gap, overlap, or end elsewhere than the file. The entries are in order.
  private func checkCoverage(of bytes: FileBytes, from dataStart: Int) throws(FileFormatError) {
    var end = dataStart
    for entry in entries {
      guard entry.bytes.lowerBound == end else {
        throw .misplacedData(
          path: bytes.path, name: entry.name, expected: end - dataStart, actual: entry.bytes.lowerBound - dataStart)
      }
      end = entry.bytes.upperBound
    }
    guard end == bytes.count else {
      throw .dataSizeMismatch(
        path: bytes.path, name: "all tensors", expected: end - dataStart, actual: bytes.count - dataStart)
    }
  }
}

extension HeaderScanner {
  /// Reads a JSON object; `member` reads the value that belongs to a key.
  fileprivate mutating func object(
    _ member: (inout HeaderScanner, String) throws(FileFormatError) -> Void
  ) throws(FileFormatError) {
    try list(from: UInt8(ascii: "{"), to: UInt8(ascii: "}")) { (scanner) throws(FileFormatError) in
      let key = try scanner.jsonString()
      try scanner.expect(UInt8(ascii: ":"))
      try member(&scanner, key)
    }
  }

  fileprivate mutating func stringDictionary() throws(FileFormatError) -> [String: String] {
    var dictionary: [String: String] = [:]
    try object { (scanner, key) throws(FileFormatError) in
      let value = try scanner.jsonString()
      guard dictionary.updateValue(value, forKey: key) == nil else {
        throw .duplicateName(path: scanner.path, name: key)
      }
    }
    return dictionary
  }

  fileprivate mutating func entry(
    name: String, dataStart: Int
  ) throws(FileFormatError) -> SafetensorsFile.Entry {
    var dataType: SafetensorsFile.DataType?
    var shape: [Int]?
    var offsets: [Int]?
    try object { (scanner, key) throws(FileFormatError) in
      let start = scanner
      switch key {
      case "dtype" where dataType == nil:
        dataType = SafetensorsFile.DataType(rawValue: try scanner.jsonString())
        guard dataType != nil else { throw start.failure(expected: "the name of a data type") }
      case "shape" where shape == nil:
        shape = try scanner.integers()
      case "data_offsets" where offsets == nil:
        offsets = try scanner.integers()
      default:
        throw start.failure(expected: "dtype, shape and data_offsets, each once")
      }
    }
    guard let dataType, let shape, let offsets else { throw failure(expected: "dtype, shape and data_offsets before") }
    let (start, startOverflow) = dataStart.addingReportingOverflow(offsets.first ?? 0)
    let (end, endOverflow) = dataStart.addingReportingOverflow(offsets.last ?? 0)
    guard offsets.count == 2, !startOverflow, !endOverflow, start <= end else {
      throw failure(expected: "two data_offsets in ascending order before")
    }
    guard let bitCount = try? SizeArithmetic.product(shape + [dataType.bitCount], name: "bits") else {
      throw .sizeOverflow(path: path, name: name, shape: shape)
    }
    // Elements of less than a byte must fill whole bytes together.
    guard bitCount % 8 == 0, bitCount / 8 == end - start else {
      throw .dataSizeMismatch(path: path, name: name, expected: bitCount / 8, actual: end - start)
    }
    return SafetensorsFile.Entry(name: name, dataType: dataType, shape: shape, bytes: start..<end)
  }

  private mutating func integers() throws(FileFormatError) -> [Int] {
    var integers: [Int] = []
    try list(from: UInt8(ascii: "["), to: UInt8(ascii: "]")) { (scanner) throws(FileFormatError) in
      integers.append(try scanner.integer())
    }
    return integers
  }
}
