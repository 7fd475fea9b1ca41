/// A format that files have which are taken for one that is read here: a download that failed, or a file to be converted.
struct ForeignFormat: Sendable {
  /// What the file is, as in "a ZIP archive".
  let name: String
  /// What to do about it.
  let remedy: String
  private let starts: [[UInt8]]

  private init(_ name: String, starts: [[UInt8]], remedy: String) {
    self.name = name
    self.starts = starts
    self.remedy = remedy
  }

  private static let fromPyTorch = "Scripts/pt-to-safetensors.py turns what torch.save wrote into safetensors"

  /// Known by their first bytes.
  private static let binary = [
    ForeignFormat(
      "a ZIP archive", starts: [Array("PK\u{3}\u{4}".utf8), Array("PK\u{5}\u{6}".utf8)],
      remedy: "\(fromPyTorch); numpy.load reads what numpy.savez wrote"),
    ForeignFormat("a Python pickle", starts: (2...5).map { [0x80, $0] }, remedy: fromPyTorch),
    ForeignFormat("gzip data", starts: [[0x1F, 0x8B, 0x08]], remedy: "gunzip unpacks it"),
    ForeignFormat(
      "an HDF5 file", starts: [[0x89] + Array("HDF\r\n\u{1A}\n".utf8)],
      remedy: "Python's h5py reads it, safetensors.numpy.save_file and numpy.save write what is read here"),
    ForeignFormat("a .npy file", starts: [NumPyHeader.magic], remedy: "NumPyFile reads it"),
    ForeignFormat(
      "a GGUF file", starts: [Array("GGUF".utf8)],
      remedy: "Python's gguf reads it, safetensors.numpy.save_file writes what is read here"),
  ]

  /// Known by their first words, in small letters, after white space.
  private static let text = [
    ForeignFormat(
      "an HTML page", starts: ["<!doctype", "<html", "<head", "<!--"].map { Array($0.utf8) },
      remedy: "the download gave a page in place of the file"),
    ForeignFormat("XML", starts: [Array("<?xml".utf8)], remedy: "the download gave a message in place of the file"),
    ForeignFormat(
      "a pointer of Git LFS", starts: [Array("version https://git-lfs".utf8)], remedy: "git lfs pull fetches the file"),
    ForeignFormat(
      "JSON", starts: [[UInt8(ascii: "{")]], remedy: "an index of several files names those that hold the tensors"),
  ]

  private static let safetensors = ForeignFormat("a safetensors file", starts: [], remedy: "SafetensorsFile reads it")

  /// The format of a file that is not what it was taken for; nil when it is none of those known here.
  init?(of bytes: FileBytes) {
    let start = bytes.copy(of: 0..<min(bytes.count, 256))
    // A safetensors file that was cut short begins with a length, whose third byte or one of those behind it is zero.
    let isLength = start.prefix(8).dropFirst(2).contains(0)
    let words = start.drop { [0x09, 0x0A, 0x0D, 0x20, 0xEF, 0xBB, 0xBF].contains($0) }.map { byte in
      (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
    if let found = Self.binary.first(where: { $0.starts.contains { start.starts(with: $0) } }), start[2...].first != 0 {
      self = found
    } else if !isLength, let found = Self.text.first(where: { $0.starts.contains { words.starts(with: $0) } }) {
      self = found
    } else if start.count > 8, start[8] == UInt8(ascii: "{"),
      start[..<8].reversed().reduce(0, { $0 << 8 | UInt64($1) }) <= UInt64(bytes.count - 8)
    {
      self = Self.safetensors
    } else {
      return nil
    }
  }
}

extension FileFormatError {
  /// This error, or the one that says what the file is in place of what was expected, where that is known.
  func recognizing(_ bytes: FileBytes, expected: String) -> FileFormatError {
    guard let format = ForeignFormat(of: bytes) else { return self }
    return .otherFormat(path: bytes.path, expected: expected, actual: format.name, remedy: format.remedy)
  }
}
