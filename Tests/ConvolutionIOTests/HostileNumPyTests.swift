import Testing

@testable import ConvolutionIO

@Suite struct HostileNumPyTests {
  private static func header(_ type: String, _ order: String, _ shape: String) -> String {
    "{'descr': \(type), 'fortran_order': \(order), 'shape': \(shape)}"
  }

  static let headers: [HostileHeader] = [
    HostileHeader("", "expected '{'"),
    HostileHeader("{}", "expected descr, fortran_order and shape before"),
    HostileHeader("{'descr': '<f4', 'fortran_order': False}", "before"),
    HostileHeader("{'descr': '<f4', 'shape': (1,)}", "before"),
    HostileHeader("{'fortran_order': False, 'shape': (1,)}", "before"),
    HostileHeader("{'descr': '<f4', 'descr': '<f4'}", "each once"),
    HostileHeader("{'shape': (1,), 'shape': (1,)}", "each once"),
    HostileHeader("{'fortran_order': True, 'fortran_order': True}", "each once"),
    HostileHeader("{'strides': (1,)}", "each once"),
    HostileHeader("{'descr: '<f4'}", "expected ':'"),
    HostileHeader("{'descr", "the rest of a plain string"),
    HostileHeader("{'descr\\x00': '<f4'}", "the rest of a plain string"),
    HostileHeader("{'descr\u{E9}': '<f4'}", "the rest of a plain string"),
    HostileHeader("{descr: '<f4'}", "expected '''"),
    HostileHeader(header("'<f4'", "False", "(1,)") + " __import__('os')", "the end of the header, got '_'"),
    HostileHeader(header("'<f4'", "False", "(1,)") + "{}", "the end of the header"),
    HostileHeader(header("'<f2'", "False", "(2,)"), "expected data of type <f4, <f8, got <f2"),
    HostileHeader(header("'>f8'", "False", "(1,)"), "got >f8"),
    HostileHeader(header("'|O'", "False", "(1,)"), "got |O"),
    HostileHeader(header("''", "False", "(1,)"), "expected data of type"),
    HostileHeader(header("[('x', '<f4')]", "False", "(1,)"), "got records"),
    HostileHeader(header("7", "False", "(1,)"), "expected '''"),
    HostileHeader(header("'<f4'", "0", "(1,)"), "True or False"),
    HostileHeader(header("'<f4'", "Tru", "(1,)"), "True or False"),
    HostileHeader(header("'<f4'", "'False'", "(1,)"), "True or False"),
    HostileHeader(header("'<f4'", "False", "(1)"), "a comma in a tuple of one"),
    HostileHeader(header("'<f4'", "False", "[1]"), "expected '('"),
    HostileHeader(header("'<f4'", "False", "(,)"), "a non-negative integer"),
    HostileHeader(header("'<f4'", "False", "(1,,)"), "a non-negative integer"),
    HostileHeader(header("'<f4'", "False", "(-1,)"), "a non-negative integer"),
    HostileHeader(header("'<f4'", "False", "(1.0,)"), "expected ','"),
    HostileHeader(header("'<f4'", "False", "(1, 0x1)"), "expected ','"),
    HostileHeader(header("'<f4'", "False", "(1LL,)"), "expected ',', got 'L'"),
    HostileHeader(header("'<f4'", "False", "(1l,)"), "expected ',', got 'l'"),
    HostileHeader(header("'<f4'", "False", "(L,)"), "a non-negative integer"),
    HostileHeader(header("'<f4'", "False", "(1L)"), "a comma in a tuple of one"),
    HostileHeader(header("'<f4'", "Falsely", "(1,)"), "expected ','"),
    HostileHeader(header("'<f4'", "False", "(9223372036854775808,)"), "at most 9223372036854775807"),
    HostileHeader(header("'<f4'", "False", "(9223372036854775807,)"), "a size that fits 64 bits"),
    HostileHeader(header("'<f4'", "True", "(4294967296, 4294967296)"), "a size that fits 64 bits"),
    HostileHeader(header("'<f4'", "False", "(2,)"), "expected 8 bytes of data, got 4"),
    HostileHeader(header("'<f8'", "False", "(1,)"), "expected 8 bytes of data, got 4"),
    HostileHeader(header("'<f4'", "False", "(1,)"), data: 5, "expected 4 bytes of data, got 5"),
    HostileHeader(header("'<f4'", "False", "(0,)"), "expected 0 bytes of data, got 4"),
    HostileHeader(header("'<f4'", "False", String(repeating: "(", count: 60_000)), "a non-negative integer"),
  ]

  @Test(.timeLimit(.minutes(15)), arguments: headers, [UInt8(1), 2, 3])
  func refused(_ hostile: HostileHeader, _ version: UInt8) {
    let text = String(decoding: hostile.header, as: UTF8.self)
    let error = #expect(throws: FileFormatError.self) {
      try readEverything(npy: npy(text, version: version, data: hostile.data))
    }
    let message = error?.description ?? ""
    #expect(message.contains(hostile.complaint))
    #expect(!message.contains { $0.isNewline } && message.utf8.count < 400)
  }

  /// What looks odd but is allowed.
  @Test(arguments: [
    #"{"shape":(),"fortran_order":True,"descr":"<f4"}"#,
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1L, 1L), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1L,), }",
    "{'descr':'<f4','fortran_order':False,'shape':(1,1,),}\n\n",
  ]) func accepted(_ header: String) throws {
    try readEverything(npy: npy(header, data: 4))
  }

  @Test func emptyArraysOfAnyShape() throws {
    for order in ["False", "True"] {
      try readEverything(npy: npy(Self.header("'<f4'", order, "(9223372036854775807, 0, 9223372036854775807)")))
    }
  }

  /// As many axes as a header can hold, all of one index, cost no more than reading them.
  @Test(.timeLimit(.minutes(15))) func aHundredThousandAxes() throws {
    let ones = String(repeating: "1,", count: 100_000)
    try readEverything(npy: npy(Self.header("'<f4'", "True", "(2,\(ones)512)"), version: 2, data: 4096))
  }

  @Test(
    arguments: [
      ("no bytes", [], "none"), ("another format", Array("\u{3}\u{4}....".utf8), "\\x93NUMPY"),
      ("version 0", NumPyHeader.magic + [0, 0, 0, 0], "got 0.0"),
      ("version 1.1", NumPyHeader.magic + [1, 1, 0, 0], "got 1.1"),
      ("version 4", NumPyHeader.magic + [4, 0, 0, 0], "got 4.0"),
      ("no version", NumPyHeader.magic, "2 bytes: the version"),
      ("no length", NumPyHeader.magic + [2, 0, 1, 0], "4 bytes: the header's length, got 2"),
      ("a header past the end", NumPyHeader.magic + [1, 0, 255, 255], "at most 0 bytes, got 65535"),
      ("an endless header", NumPyHeader.magic + [3, 0, 255, 255, 255, 255], "got 4294967295"),
    ] as [(String, [UInt8], String)]) func beforeTheHeader(_ name: String, _ file: [UInt8], _ complaint: String)
  {
    let error = #expect(throws: FileFormatError.self) { try readEverything(npy: file) }
    #expect(error?.description.contains(complaint) == true)
  }

  @Test(arguments: ["f4-C", "f8-F", "version-2", "scalar"]) func truncatedAtEveryByte(_ name: String) throws {
    let whole = try bytes(fixture("\(name).npy"))
    try readEverything(npy: whole)
    for count in 0..<whole.count {
      #expect(throws: FileFormatError.self) { try readEverything(npy: Array(whole.prefix(count))) }
    }
    #expect(throws: FileFormatError.self) { try readEverything(npy: whole + [0]) }
  }
}
