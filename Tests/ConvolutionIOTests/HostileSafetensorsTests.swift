import Testing

@testable import ConvolutionIO

/// A header that must be refused, and words of the error that say why.
struct HostileHeader: Sendable, CustomTestStringConvertible {
  var header: [UInt8]
  var data: Int
  var complaint: String

  init(_ header: String, data: Int = 4, _ complaint: String) {
    self.init(bytes: Array(header.utf8), data: data, complaint)
  }

  init(bytes: [UInt8], data: Int = 4, _ complaint: String) {
    header = bytes
    self.data = data
    self.complaint = complaint
  }

  var testDescription: String { "\(String(decoding: header.prefix(100), as: UTF8.self)): \(complaint)" }
}

private func tensor(_ shape: String, _ offsets: String, type: String = "F32") -> String {
  #"{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
}

@Suite struct HostileSafetensorsTests {
  private static let good = tensor("[1]", "[0,4]")

  static let grammar: [HostileHeader] = [
    HostileHeader("", "expected '{' first"),
    HostileHeader("   ", "expected '{' first"),
    HostileHeader(#" {"a":\#(good)}"#, "expected '{' first"),
    HostileHeader("[]", "expected '{' first"),
    HostileHeader("null", "expected '{' first"),
    HostileHeader("{", "expected '\"'"),
    HostileHeader("{}{}", data: 0, "expected the end of the header, got '{'"),
    HostileHeader("{}\0", data: 0, "expected the end of the header, got byte 0x0"),
    HostileHeader("{,}", "expected '\"', got ','"),
    HostileHeader(#"{"a":\#(good),}"#, "expected '\"', got '}'"),
    HostileHeader(#"{"a":\#(good) "b":\#(good)}"#, "expected ','"),
    HostileHeader(#"{"a" \#(good)}"#, "expected ':'"),
    HostileHeader("{'a':\(good)}", "expected '\"', got '''"),
    HostileHeader("{a:\(good)}", "expected '\"', got 'a'"),
    HostileHeader(#"{"a":null}"#, "expected '{', got 'n'"),
    HostileHeader(#"{"a":[]}"#, "expected '{', got '['"),
    HostileHeader(#"{"a":{}}"#, "expected dtype, shape and data_offsets before"),
    HostileHeader(#"{"a":{"dtype":"F32","shape":[1]}}"#, "expected dtype, shape and data_offsets before"),
    HostileHeader(#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, "expected dtype, shape and data_offsets before"),
    HostileHeader(#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, "expected dtype, shape and data_offsets before"),
    HostileHeader(#"{"a":{"dtype":"F32","dtype":"F32"}}"#, "each once"),
    HostileHeader(#"{"a":{"shape":[1],"shape":[1]}}"#, "each once"),
    HostileHeader(#"{"a":{"data_offsets":[0,4],"data_offsets":[0,4]}}"#, "each once"),
    HostileHeader(#"{"a":{"strides":[1]}}"#, "each once"),
    HostileHeader(#"{"a":{"dtype":"f32"}}"#, "the name of a data type"),
    HostileHeader(#"{"a":{"dtype":"F128"}}"#, "the name of a data type"),
    HostileHeader(#"{"a":{"dtype":7}}"#, "expected '\"'"),
    HostileHeader(#"{"__metadata__":{"a":1}}"#, data: 0, "expected '\"', got '1'"),
    HostileHeader(#"{"__metadata__":{"a":{"b":"c"}}}"#, data: 0, "expected '\"', got '{'"),
    HostileHeader(#"{"__metadata__":nul}"#, data: 0, "expected '{', got 'n'"),
    HostileHeader(#"{"__metadata__":null,"__metadata__":{}}"#, data: 0, "expected each name once"),
    HostileHeader(#"{"__metadata__":nullnull}"#, data: 0, "expected ',', got 'n'"),
    HostileHeader(#"{"a":"# + String(repeating: "[", count: 1_000_000), "expected '{', got '['"),
    HostileHeader(String(repeating: #"{"a":"#, count: 1_000_000), "expected dtype, shape and data_offsets"),
  ]

  static let numbers: [HostileHeader] = [
    HostileHeader(#"{"a":\#(tensor("[-1]", "[0,4]"))}"#, "a non-negative integer"),
    HostileHeader(#"{"a":\#(tensor("[1.0]", "[0,4]"))}"#, "expected ',', got '.'"),
    HostileHeader(#"{"a":\#(tensor("[1e0]", "[0,4]"))}"#, "expected ',', got 'e'"),
    HostileHeader(#"{"a":\#(tensor("[01]", "[0,4]"))}"#, "leading zeros"),
    HostileHeader(#"{"a":\#(tensor("[00]", "[0,0]"))}"#, data: 0, "leading zeros"),
    HostileHeader(#"{"a":\#(tensor("[+1]", "[0,4]"))}"#, "a non-negative integer"),
    HostileHeader(#"{"a":\#(tensor("[true]", "[0,4]"))}"#, "a non-negative integer"),
    HostileHeader(#"{"a":\#(tensor("[\"1\"]", "[0,4]"))}"#, "a non-negative integer"),
    HostileHeader(#"{"a":\#(tensor("[1,]", "[0,4]"))}"#, "a non-negative integer"),
    HostileHeader(#"{"a":\#(tensor("[[1]]", "[0,4]"))}"#, "a non-negative integer"),
    HostileHeader(#"{"a":\#(tensor("1", "[0,4]"))}"#, "expected '['"),
    HostileHeader(#"{"a":\#(tensor("[9223372036854775808]", "[0,4]"))}"#, "at most 9223372036854775807"),
    HostileHeader(#"{"a":\#(tensor("[1]", "[0,18446744073709551620]"))}"#, "at most 9223372036854775807"),
    HostileHeader(#"{"a":\#(tensor("[9223372036854775807]", "[0,4]"))}"#, "a size that fits 64 bits"),
    HostileHeader(#"{"a":\#(tensor("[4611686018427387904,4]", "[0,4]"))}"#, "a size that fits 64 bits"),
    HostileHeader(#"{"a":\#(tensor("[4294967296,4294967296,1]", "[0,4]"))}"#, "a size that fits 64 bits"),
  ]

  static let ranges: [HostileHeader] = [
    HostileHeader(#"{"a":\#(tensor("[1]", "[0]"))}"#, "two data_offsets"),
    HostileHeader(#"{"a":\#(tensor("[1]", "[]"))}"#, "two data_offsets"),
    HostileHeader(#"{"a":\#(tensor("[1]", "[0,2,4]"))}"#, "two data_offsets"),
    HostileHeader(#"{"a":\#(tensor("[1]", "[4,0]"))}"#, "two data_offsets in ascending order"),
    HostileHeader(#"{"a":\#(tensor("[0]", "[0,9223372036854775807]"))}"#, "two data_offsets"),
    HostileHeader(#"{"a":\#(tensor("[1]", "[0,3]"))}"#, data: 3, "expected 4 bytes of data, got 3"),
    HostileHeader(#"{"a":\#(tensor("[2]", "[0,4]"))}"#, "expected 8 bytes of data, got 4"),
    HostileHeader(#"{"a":\#(tensor("[1]", "[0,4]", type: "F64"))}"#, "expected 8 bytes of data, got 4"),
    HostileHeader(#"{"a":\#(tensor("[0]", "[0,4]"))}"#, "expected 0 bytes of data, got 4"),
    HostileHeader(#"{"a":\#(tensor("[3]", "[0,1]", type: "F4"))}"#, data: 1, "expected 1 bytes of data, got 1"),
    HostileHeader(#"{"a":\#(good)}"#, data: 3, "expected 4 bytes of data, got 3"),
    HostileHeader(#"{"a":\#(good)}"#, data: 5, "expected 4 bytes of data, got 5"),
    HostileHeader(#"{"a":\#(good)}"#, data: 0, "expected 4 bytes of data, got 0"),
    HostileHeader("{}", data: 1, "expected 0 bytes of data, got 1"),
    HostileHeader(#"{"a":\#(tensor("[1]", "[4,8]"))}"#, data: 8, "expected data from offset 0, got 4"),
    HostileHeader(#"{"a":\#(good),"b":\#(good)}"#, "expected data from offset 4, got 0"),
    HostileHeader(#"{"a":\#(good),"b":\#(tensor("[1]", "[2,6]"))}"#, data: 6, "expected data from offset 4, got 2"),
    HostileHeader(#"{"a":\#(good),"b":\#(tensor("[1]", "[8,12]"))}"#, data: 12, "expected data from offset 4, got 8"),
    HostileHeader(#"{"a":\#(tensor("[2]", "[0,8]")),"b":\#(tensor("[0]", "[4,4]"))}"#, data: 8, "from offset 8, got 4"),
  ]

  static let strings: [HostileHeader] = [
    HostileHeader(#"{"a":\#(good),"a":\#(tensor("[1]", "[4,8]"))}"#, data: 8, #"expected each name once, got "a""#),
    HostileHeader(
      #"{"a":\#(good),"\u0061":\#(tensor("[1]", "[4,8]"))}"#, data: 8, #"expected each name once, got "a""#),
    // One name to Swift: é as one character, and as e with an accent.
    HostileHeader(
      "{\"\u{E9}\":\(good),\"e\u{301}\":\(tensor("[1]", "[4,8]"))}", data: 8, "expected each name once"),
    HostileHeader(#"{"__metadata__":{},"__metadata__":{}}"#, data: 0, "expected each name once"),
    HostileHeader(#"{"__metadata__":{"a":"1","a":"2"}}"#, data: 0, "expected each name once"),
    HostileHeader(#"{"a"#, "the rest of a string, got the end of the header"),
    HostileHeader("{\"a\n\":\(good)}", "the rest of a string, got byte 0xa"),
    HostileHeader("{\"a\0\":\(good)}", "the rest of a string, got byte 0x0"),
    HostileHeader(#"{"\"#, "an escaped character"),
    HostileHeader(#"{"\x41":\#(good)}"#, "an escaped character"),
    HostileHeader(#"{"\u00g0":\#(good)}"#, "a hexadecimal digit"),
    HostileHeader(#"{"\u12"#, "a hexadecimal digit, got the end"),
    HostileHeader(#"{"\ud800":\#(good)}"#, "both halves"),
    HostileHeader(#"{"\ud800\u0041":\#(good)}"#, "both halves"),
    HostileHeader(#"{"\udc00\ud800":\#(good)}"#, "both halves"),
    HostileHeader(bytes: Array("{\"a".utf8) + [0xFF] + Array("\":\(good)}".utf8), "valid UTF-8"),
    HostileHeader(bytes: Array("{\"".utf8) + [0xC0, 0x80] + Array("\":\(good)}".utf8), "valid UTF-8"),
    HostileHeader(bytes: Array("{\"".utf8) + [0xED, 0xA0, 0x80] + Array("\":\(good)}".utf8), "valid UTF-8"),
    HostileHeader(bytes: Array("{\"".utf8) + [0xE2, 0x82] + Array("\":\(good)}".utf8), "valid UTF-8"),
    HostileHeader(bytes: [0xEF, 0xBB, 0xBF] + Array("{}".utf8), data: 0, "expected '{' first"),
    // In Swift's strings this name alone would take an hour to hash.
    HostileHeader("{\"a\(String(repeating: "\u{301}\u{323}", count: 1_000_000))\":\(good)}", "combining marks"),
  ]

  @Test(.timeLimit(.minutes(15)), arguments: [grammar, numbers, ranges, strings].joined())
  func refused(_ hostile: HostileHeader) {
    let error = #expect(throws: FileFormatError.self) {
      try readEverything(safetensors: safetensors(header: hostile.header, data: hostile.data))
    }
    let message = error?.description ?? ""
    #expect(message.contains(hostile.complaint))
    #expect(!message.contains { $0.isNewline } && message.utf8.count < 400)
  }

  /// What looks odd but is allowed.
  @Test(arguments: [
    #"{"a":{"data_offsets":[0,4],"shape":[],"dtype":"F32"}}"#, "{ \"a\" :\t\(good)\r\n}  ",
    #"{"a":\#(good),"b":\#(tensor("[0]", "[4,4]")),"c":\#(tensor("[9223372036854775807,9,0]", "[4,4]"))}"#,
    #"{"b":\#(tensor("[1]", "[2,4]", type: "F16")),"a":\#(tensor("[2,2]", "[0,2]", type: "F4"))}"#,
    #"{"\ud83d\ude00\/\u0000":\#(good),"__metadata__":{"":""}}"#, #"{"__metadata__": null ,"a":\#(good)}"#,
  ]) func accepted(_ header: String) throws {
    try readEverything(safetensors: safetensors(header, data: 4))
  }

  @Test func lengthsOfTheHeader() {
    for length in [UInt64(3), 100_000_001, 1 << 40, UInt64(Int.max), UInt64(Int.max) + 1, .max] {
      let file = (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + Array("{}".utf8)
      #expect(throws: FileFormatError.headerTooLong(path: "memory", limit: 2, actual: length)) {
        try readEverything(safetensors: file)
      }
    }
  }

  @Test(arguments: ["float32", "float64", "types", "network"]) func truncatedAtEveryByte(_ name: String) throws {
    let whole = try bytes(fixture("\(name).safetensors"))
    try readEverything(safetensors: whole)
    for count in 0..<whole.count {
      #expect(throws: FileFormatError.self) { try readEverything(safetensors: Array(whole.prefix(count))) }
    }
    #expect(throws: FileFormatError.self) { try readEverything(safetensors: whole + [0]) }
  }
}
