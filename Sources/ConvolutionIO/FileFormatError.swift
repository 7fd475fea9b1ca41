public import Convolution

/// What can be wrong with a file, or with what is asked of it.
///
/// Every case carries the file's path and the offending values; its description is one line that says what was expected
/// and what came. Print or log an error as `"\(error)"`. Cases may be added in any version: a `switch` over an error needs a
/// `default`.
///
/// ```swift
/// do {
///   _ = try SafetensorsFile(path: "weights.safetensors")
/// } catch {
///   print(error)     // weights.safetensors: expected to open the file, got "No such file or directory"
/// }
/// ```
#if compiler(>=6.3)
  @nonexhaustive
#endif
public enum FileFormatError: Error, Sendable, Hashable {
  /// A path with a NUL character, where the system would take it to end.
  case invalidPath(path: String)
  /// The system refused an operation on the file, with this `errno`.
  case systemFailure(path: String, operation: String, code: Int32)
  /// A directory, a device or a pipe where a file was expected.
  case notARegularFile(path: String)
  /// A file of another format than was expected, and what to do about it.
  case otherFormat(path: String, expected: String, actual: String, remedy: String)
  /// Bytes, `offset` bytes into the file, that the format does not allow there.
  case unexpectedContent(path: String, offset: Int, expected: String, actual: String)
  /// A header longer than the format allows.
  case headerTooLong(path: String, limit: Int, actual: UInt64)
  /// A name that stands twice in a header. Names that Swift's strings hold to be equal are one name.
  case duplicateName(path: String, name: String)
  /// A tensor whose shape times the size of its elements cannot be counted in 64 bits.
  case sizeOverflow(path: String, name: String, shape: [Int])
  /// A tensor, or the data of the whole file, of another length in bytes than the header says.
  case dataSizeMismatch(path: String, name: String, expected: Int, actual: Int)
  /// A tensor whose data do not begin, in bytes after the header, where those of its predecessor end.
  case misplacedData(path: String, name: String, expected: Int, actual: Int)
  /// A tensor whose elements cannot be read as `Float` or `Double`, or a type that tensors cannot be written as.
  case unsupportedDataType(path: String, name: String, supported: [String], actual: String)
  /// An integer, `value`, that numbers of the type asked for do not hold exactly.
  case inexactInteger(path: String, name: String, type: String, value: String)
  /// A tensor that the file does not hold.
  case missingName(path: String, name: String, available: [String])
  /// A name that the format keeps for itself, given to a tensor.
  case reservedName(path: String, name: String)
  /// A tensor or a module refused what the file holds: no memory for it, or a state dictionary that does not fit.
  case convolution(path: String, ConvolutionError)
}

extension FileFormatError: CustomStringConvertible {
  /// One line: the file, what was expected, and what came.
  public var description: String {
    switch self {
    case .invalidPath(let path):
      "\(Self.line(path)): expected a path without NUL characters, got one with \(path.utf8.count { $0 == 0 })"
    case .systemFailure(let path, let operation, let code):
      "\(Self.line(path)): expected to \(operation), got \"\(SystemError.message(code))\""
    case .notARegularFile(let path):
      "\(Self.line(path)): expected a regular file, got something else"
    case .otherFormat(let path, let expected, let actual, let remedy):
      "\(Self.line(path)): not \(expected) but \(actual): \(remedy)"
    case .unexpectedContent(let path, let offset, let expected, let actual):
      "\(Self.line(path)): at byte \(offset): expected \(expected), got \(actual)"
    case .headerTooLong(let path, let limit, let actual):
      "\(Self.line(path)): expected a header of at most \(limit) bytes, got \(actual)"
    case .duplicateName(let path, let name):
      "\(Self.line(path)): expected each name once, got \(Self.quoted(name)) again"
    case .sizeOverflow(let path, let name, let shape):
      "\(Self.line(path)): \(Self.quoted(name)): expected a size that fits 64 bits, got shape \(Self.shortened(shape))"
    case .dataSizeMismatch(let path, let name, let expected, let actual):
      "\(Self.line(path)): \(Self.quoted(name)): expected \(expected) bytes of data, got \(actual)"
    case .misplacedData(let path, let name, let expected, let actual):
      "\(Self.line(path)): \(Self.quoted(name)): expected data from offset \(expected), got \(actual)"
    case .unsupportedDataType(let path, let name, let supported, let actual):
      "\(Self.line(path)): \(Self.quoted(name)): expected data of type \(supported.joined(separator: ", ")), "
        + "got \(Self.line(actual))"
    case .inexactInteger(let path, let name, let type, let value):
      "\(Self.line(path)): \(Self.quoted(name)): expected integers that \(type) holds exactly, got \(value)"
    case .missingName(let path, let name, let available):
      "\(Self.line(path)): expected a tensor named \(Self.quoted(name)), got \(Self.listed(available))"
    case .reservedName(let path, let name):
      "\(Self.line(path)): expected a tensor's name, got \(Self.quoted(name)), which the format keeps for itself"
    case .convolution(let path, let error):
      "\(Self.line(path)): \(Self.line(error.description))"
    }
  }

  private static func listed(_ names: [String]) -> String {
    let shown = 8
    let listed = names.prefix(shown).map(quoted).joined(separator: ", ")
    return switch names.count {
    case 0: "a file without tensors"
    case ...shown: listed
    default: "\(listed) and \(names.count - shown) more"
    }
  }

  private static func shortened(_ shape: [Int]) -> String {
    let shown = 16
    let extents = shape.prefix(shown).map(String.init).joined(separator: ", ")
    return "[\(extents)\(shape.count > shown ? ", … and \(shape.count - shown) more" : "")]"
  }

  /// A file's string in quotation marks: short, and without what would break the line.
  static func quoted(_ text: String) -> String {
    let limit = 80
    let start = String(text.unicodeScalars.prefix(limit))
    return "\"\(line(start))\(start.utf8.count < text.utf8.count ? "…" : "")\""
  }

  /// The text with its control characters and line breaks escaped.
  private static func line(_ text: String) -> String {
    var line = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: line += scalar.escaped(asASCII: true)
      default: line.unicodeScalars.append(scalar)
      }
    }
    return line
  }
}
