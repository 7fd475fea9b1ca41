extension HeaderScanner {
  /// Skips white space, then reads a string as JSON writes it.
  mutating func jsonString() throws(FileFormatError) -> String {
    try expect(UInt8(ascii: "\""))
    let start = self
    var text: [UInt8] = []
    while let byte = next, byte >= 0x20 {
      _ = advance()
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw start.failure(expected: "a string in valid UTF-8")
        }
        guard string.isStreamSafe else {
          throw start.failure(expected: "a string with at most \(String.longestRunOfMarks) combining marks in a row")
        }
        return string
      case UInt8(ascii: "\\"):
        text += try Array(escapedCharacter().utf8)
      default:
        text.append(byte)
      }
    }
    throw failure(expected: "the rest of a string")
  }

  /// Skips white space, then reads a string as Python writes it, in either quotation mark: printable ASCII without escapes,
  /// for that is all that the keys and types of a NumPy header need.
  mutating func pythonString() throws(FileFormatError) -> String {
    let mark = take(UInt8(ascii: "\"")) ? UInt8(ascii: "\"") : UInt8(ascii: "'")
    if mark == UInt8(ascii: "'") { try expect(mark) }
    var text = ""
    while let byte = next, (0x20..<0x7F).contains(byte), byte != UInt8(ascii: "\\") {
      _ = advance()
      if byte == mark { return text }
      text.unicodeScalars.append(Unicode.Scalar(byte))
    }
    throw failure(expected: "the rest of a plain string")
  }

  /// Reads what follows a backslash.
  private mutating func escapedCharacter() throws(FileFormatError) -> String {
    let start = self
    switch advance() {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try hexadecimalUnit()
      if let scalar = Unicode.Scalar(unit) { return String(scalar) }
      // Beyond 16 bits a character is written as two escapes, a high surrogate and a low one.
      if UTF16.isLeadSurrogate(unit), advance() == UInt8(ascii: "\\"), advance() == UInt8(ascii: "u") {
        let low = try hexadecimalUnit()
        if UTF16.isTrailSurrogate(low) { return String(decoding: [unit, low], as: UTF16.self) }
      }
      throw start.failure(expected: "both halves of an escaped character")
    default:
      throw start.failure(expected: "an escaped character")
    }
  }

  private mutating func hexadecimalUnit() throws(FileFormatError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure(expected: "a hexadecimal digit")
      }
      _ = advance()
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }
}

extension String {
  fileprivate static let longestRunOfMarks = 30

  /// Whether this is "stream-safe text" as Unicode Standard Annex 15 defines it.
  ///
  /// To hash or compare a string Swift sorts each run of combining marks, in time that grows with the square of its length:
  /// a name of 200 kB would take 20 seconds, the longest header days.
  fileprivate var isStreamSafe: Bool {
    if utf8.allSatisfy({ $0 < 0x80 }) { return true }
    var run = 0
    for scalar in unicodeScalars {
      run = scalar.properties.canonicalCombiningClass == .notReordered ? 0 : run + 1
      if run > Self.longestRunOfMarks { return false }
    }
    return true
  }
}
