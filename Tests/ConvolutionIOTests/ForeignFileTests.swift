import Convolution
import Testing

@testable import ConvolutionIO

/// Files that are something else than their name says, and paths that are others than they look.
@Suite struct ForeignFileTests {
  static let foreign: [(String, [UInt8], String, String)] = [
    ("ZIP", Array("PK\u{3}\u{4}........".utf8), "a ZIP archive", "Scripts/pt-to-safetensors.py"),
    ("empty ZIP", Array("PK\u{5}\u{6}".utf8), "a ZIP archive", "numpy.load"),
    ("pickle", [0x80, 4, 0x95] + Array(repeating: 0x7D, count: 20), "a Python pickle", "Scripts/pt-to-safetensors.py"),
    ("HTML", Array("<!DOCTYPE html><html><head>".utf8), "an HTML page", "the download"),
    ("html", Array("\u{FEFF}\n  <html lang=\"en\">".utf8), "an HTML page", "the download"),
    ("XML", Array("<?xml version=\"1.0\"?><Error>".utf8), "XML", "the download"),
    ("gzip", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1], "gzip data", "gunzip"),
    ("HDF5", [0x89] + Array("HDF\r\n\u{1A}\n\u{0}\u{0}".utf8), "an HDF5 file", "h5py"),
    ("GGUF", Array("GGUF\u{3}\u{0}\u{0}\u{0}\u{1}".utf8), "a GGUF file", "safetensors.numpy.save_file"),
    ("LFS", Array("version https://git-lfs.github.com/spec/v1\noid".utf8), "a pointer of Git LFS", "git lfs pull"),
    ("JSON", Array("{\"weight_map\": {\"a\": \"model-1.safetensors\"}}".utf8), "JSON", "index"),
  ]

  @Test(arguments: foreign) func namedWithTheRemedy(_ name: String, _ file: [UInt8], _ kind: String, _ remedy: String) {
    for (expected, read) in [
      ("a safetensors file", readEverything(safetensors:)), ("a .npy file", readEverything(npy:)),
    ] {
      let error = #expect(throws: FileFormatError.self) { try read(file) }
      #expect(error?.description.hasPrefix("memory: not \(expected) but \(kind): ") == true)
      #expect(error?.description.contains(remedy) == true)
    }
  }

  /// What torch.save and numpy.savez wrote.
  @Test(arguments: [
    ("torch-zip.pt", "a ZIP archive"), ("torch-pickle.pt", "a Python pickle"), ("arrays.npz", "a ZIP archive"),
  ])
  func filesOfPython(_ name: String, _ kind: String) {
    let path = fixture(name)
    let error = #expect(throws: FileFormatError.self) { try SafetensorsFile(path: path) }
    guard case .otherFormat(path, "a safetensors file", kind, let remedy) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(remedy.contains("Scripts/pt-to-safetensors.py turns what torch.save wrote into safetensors"))
    #expect(throws: FileFormatError.otherFormat(path: path, expected: "a .npy file", actual: kind, remedy: remedy)) {
      try NumPyFile.read(path: path, as: Float.self)
    }
  }

  @Test func eachTakenForTheOther() throws {
    let array = fixture("f4-C.npy")
    #expect(
      throws: FileFormatError.otherFormat(
        path: array, expected: "a safetensors file", actual: "a .npy file", remedy: "NumPyFile reads it")
    ) { try SafetensorsFile(path: array) }
    let tensors = fixture("float32.safetensors")
    #expect(
      throws: FileFormatError.otherFormat(
        path: tensors, expected: "a .npy file", actual: "a safetensors file", remedy: "SafetensorsFile reads it")
    ) { try NumPyFile.read(path: tensors, as: Float.self) }
  }

  /// The length of a header may spell another format's first bytes: "\u{1F}\u{8B}", as gzip data begin, is 35,615.
  @Test func aHeaderOfAnUnluckyLength() throws {
    let header = "{}" + String(repeating: " ", count: 0x8B1F - 2)
    #expect(try SafetensorsFile(bytes: safetensors(header)).names.isEmpty)
  }

  /// Of a file that was cut short the first eight bytes are left, a length; those of 640 and 123 look like a pickle and JSON.
  @Test(arguments: [640, 123, 0x227B, 0x4B50, 0x8B1F]) func cutShort(_ length: Int) {
    #expect(throws: FileFormatError.headerTooLong(path: "memory", limit: 2, actual: UInt64(length))) {
      try readEverything(safetensors: lengthBytes(length, 8) + Array("{\"".utf8))
    }
  }

  /// What is none of those keeps the error that says what was wrong with it.
  @Test func unknownBytes() {
    let noise: [UInt8] = [0xC7, 1, 2, 3, 4, 5, 6, 0x77, 8, 9]
    #expect(throws: FileFormatError.headerTooLong(path: "memory", limit: 2, actual: 0x7706_0504_0302_01C7)) {
      try readEverything(safetensors: noise)
    }
    let error = #expect(throws: FileFormatError.self) { try readEverything(npy: noise) }
    #expect(error?.description.contains("expected the bytes \\x93NUMPY") == true)
  }

  /// The system would take such a path to end at the NUL, and read or replace another file.
  @Test(arguments: ["secret\0.npy", "secret\0", "\0"]) func pathsWithNUL(_ name: String) throws {
    let folder = try TemporaryFolder()
    let secret = try ramp([2, 2], as: Float.self)
    try NumPyFile.write(secret, path: folder.file("secret"))
    let before = try bytes(folder.file("secret"))
    let path = folder.file(name)
    let tensor = try Tensor<Float>(zeros: [1])
    #expect(throws: FileFormatError.invalidPath(path: path)) { try NumPyFile.read(path: path, as: Float.self) }
    #expect(throws: FileFormatError.invalidPath(path: path)) { try NumPyFile.read(path: path, as: Double.self) }
    #expect(throws: FileFormatError.invalidPath(path: path)) { try SafetensorsFile(path: path) }
    for order in NumPyFile.Order.allCases {
      #expect(throws: FileFormatError.invalidPath(path: path)) {
        try NumPyFile.write(tensor, path: path, order: order)
      }
    }
    #expect(throws: FileFormatError.invalidPath(path: path)) { try SafetensorsFile.write(["a": tensor], path: path) }
    let error = #expect(throws: FileFormatError.self) {
      try SafetensorsFile.write(["a": tensor], path: path, as: .float16)
    }
    #expect(
      error?.description.hasSuffix("\\0: expected a path without NUL characters, got one with 1")
        == (name != "secret\0.npy"))
    #expect(error?.description.utf8.contains(0) == false)
    #expect(try bytes(folder.file("secret")) == before)
    #expect(folder.names == ["secret"])
  }
}
