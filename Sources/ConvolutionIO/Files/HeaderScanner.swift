/// Reads the text of a header from left to right, byte by byte.
///
/// The headers of both formats are small, fixed subsets of JSON and of Python: lists of known depth that hold strings and
/// non-negative integers. General parsers let through what these formats forbid or lose: Foundation's JSON decoder keeps
/// one of two equal keys, accepts `1.0` for an integer and descends into every nested value. It would also add 12 MB to
/// a static client. So the grammar is spelled out here, without recursion, on an array whose bounds are checked.
struct HeaderScanner {
  static let longestHeader = 100_000_000

  let path: String
  private let offset: Int
  private let bytes: [UInt8]
  private var position = 0

  /// A scanner of bytes that begin `offset` bytes into the file, which errors count from its start.
  init(path: String, offset: Int, bytes: [UInt8]) {
    self.path = path
    self.offset = offset
    self.bytes = bytes
  }

  /// The byte to be read next; nil at the end.
  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// Reads the next byte whatever it is; nil at the end.
  mutating func advance() -> UInt8? {
    guard let byte = next else { return nil }
    position += 1
    return byte
  }

  /// Skips white space, then reads `byte` if that comes next. Says whether it did.
  mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard next == byte else { return false }
    position += 1
    return true
  }

  /// Skips white space, then reads `byte`.
  mutating func expect(_ byte: UInt8) throws(FileFormatError) {
    guard take(byte) else { throw failure(expected: Self.name(of: byte)) }
  }

  /// Skips white space, then reads `word` if that comes next. Says whether it did.
  mutating func take(word: String) -> Bool {
    skipSpace()
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  /// Skips white space, then expects the end.
  mutating func expectEnd() throws(FileFormatError) {
    skipSpace()
    guard next == nil else { throw failure(expected: "the end of the header") }
  }

  /// Skips white space, then reads an integer between 0 and 2⁶³ − 1, in decimal digits without leading zeros.
  mutating func integer() throws(FileFormatError) -> Int {
    skipSpace()
    let start = self
    var value = 0
    var digits = 0
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = shifted.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      guard !overflow, !carry else { throw start.failure(expected: "an integer of at most \(Int.max)") }
      value = sum
      digits += 1
      position += 1
    }
    guard digits == 1 || (digits > 1 && value > 0 && start.next != UInt8(ascii: "0")) else {
      throw start.failure(expected: "a non-negative integer without leading zeros")
    }
    return value
  }

  /// Reads a list between two bytes, separated by commas; `element` reads one of them.
  ///
  /// - Returns: Whether a comma stood before the end.
  @discardableResult mutating func list(
    from open: UInt8, to close: UInt8, trailingComma isAllowed: Bool = false,
    element: (inout HeaderScanner) throws(FileFormatError) -> Void
  ) throws(FileFormatError) -> Bool {
    try expect(open)
    if take(close) { return false }
    while true {
      try element(&self)
      if take(close) { return false }
      try expect(UInt8(ascii: ","))
      if isAllowed, take(close) { return true }
    }
  }

  /// The error for a header that goes on otherwise than `expected`.
  func failure(expected: String) -> FileFormatError {
    .unexpectedContent(
      path: path, offset: offset + position, expected: expected,
      actual: next.map(Self.name) ?? "the end of the header")
  }

  private mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private static func name(of byte: UInt8) -> String {
    (0x20..<0x7F).contains(byte) ? "'\(Unicode.Scalar(byte))'" : "byte 0x\(String(byte, radix: 16))"
  }
}
