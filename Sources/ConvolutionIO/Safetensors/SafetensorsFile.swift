public import Convolution

/// A safetensors file: named tensors, as Hugging Face and PyTorch programs exchange them.
///
/// ```swift
/// let file = try SafetensorsFile(path: "resnet18.safetensors")
/// var layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 64, kernelSize: 7, stride: 2, padding: 3, bias: false)
/// try layer.load(file, prefix: "conv1.")
/// ```
///
/// The file is mapped into memory: opening reads only its header, whatever its size, and a tensor's data are read when
/// the tensor is asked for. Another program must not shorten the file meanwhile; the system ends a process that reads
/// mapped bytes which are gone.
///
/// Opening checks everything that the header says, so that any file, even a malicious one, gives a value or an error.
public struct SafetensorsFile: Sendable {
  /// What the file says of one tensor.
  public struct Entry: Sendable, Hashable {
    /// The tensor's name, as in `features.0.weight`.
    public let name: String
    /// The type of its elements.
    public let dataType: DataType
    /// The extent of each dimension.
    public let shape: [Int]
    /// Where its data lie in the file.
    let bytes: Range<Int>
  }

  /// The tensors, in the order of their data.
  public let entries: [Entry]

  /// What the file's writer noted besides the tensors, such as `["format": "pt"]`.
  public let metadata: [String: String]

  /// The names of the tensors, in the order of their data.
  public var names: [String] { entries.map(\.name) }

  private let bytes: FileBytes
  private let indices: [String: Int]

  /// Opens the file at `path` and reads its header.
  ///
  /// - Throws: ``FileFormatError``.
  public init(path: String) throws(FileFormatError) {
    try self.init(FileBytes(mapping: path))
  }

  /// Reads the header of a file whose bytes are in memory, as from a download or an archive. They are shared, not copied.
  ///
  /// - Throws: ``FileFormatError``, in which the path is `bytes in memory`.
  public init(bytes: [UInt8]) throws(FileFormatError) {
    try self.init(FileBytes(bytes, path: "bytes in memory"))
  }

  init(_ bytes: FileBytes) throws(FileFormatError) {
    let header = try SafetensorsHeader(of: bytes)
    self.bytes = bytes
    entries = header.entries
    metadata = header.metadata
    indices = header.indices
  }

  /// Reads one tensor.
  ///
  /// - Parameters:
  ///   - name: One of ``names``.
  ///   - type: `Float` or `Double`. Numbers of ``DataType/isReadable`` types are converted to it: the smaller types exactly,
  ///     `F64` to `Float` by rounding to the nearest (to infinity where it is too large), integers where it holds them
  ///     exactly.
  /// - Returns: The tensor, with a copy of the data.
  /// - Throws: ``FileFormatError/missingName(path:name:available:)``,
  ///   ``FileFormatError/unsupportedDataType(path:name:supported:actual:)``,
  ///   ``FileFormatError/inexactInteger(path:name:type:value:)`` with the first integer that does not fit, or
  ///   ``FileFormatError/convolution(path:_:)`` when there is no memory for it.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  public func tensor<Scalar>(
    _ name: String, as type: Scalar.Type = Scalar.self
  ) throws(FileFormatError) -> Tensor<Scalar> {
    guard let index = indices[name] else { throw .missingName(path: bytes.path, name: name, available: names) }
    let entry = entries[index]
    if let kind = entry.dataType.storedScalar {
      return try Tensor(shape: entry.shape, of: kind, in: entry.bytes, of: bytes)
    }
    guard let kind = entry.dataType.storedInteger else {
      throw .unsupportedDataType(
        path: bytes.path, name: name, supported: DataType.allCases.filter(\.isReadable).map(\.rawValue),
        actual: entry.dataType.rawValue)
    }
    return unsafe try Tensor(shape: entry.shape, in: entry.bytes, of: bytes) {
      (source, destination) throws(FileFormatError) in
      if let value = unsafe kind.read(source, into: destination) {
        throw .inexactInteger(path: bytes.path, name: name, type: "\(Scalar.self)", value: value)
      }
    }
  }

  /// Reads all tensors whose names begin with `prefix`.
  ///
  /// - Parameters:
  ///   - prefix: Usually ends in a period, as in `"features.0."`; empty for all tensors.
  ///   - type: `Float` or `Double`, as in ``tensor(_:as:)``.
  /// - Returns: The tensors by what follows the prefix in their names; none if no name begins with it.
  /// - Throws: What ``tensor(_:as:)`` throws.
  public func tensors<Scalar>(
    prefix: String = "", as type: Scalar.Type = Scalar.self
  ) throws(FileFormatError) -> [String: Tensor<Scalar>] {
    var tensors: [String: Tensor<Scalar>] = [:]
    for (name, entry) in entries(prefix: prefix) { tensors[name] = try tensor(entry.name) }
    return tensors
  }

  /// The entries whose names begin with `prefix`, by what follows it.
  func entries(prefix: String) -> [String: Entry] {
    var found: [String: Entry] = [:]
    // In UTF-8, for the prefix need not end where one of Swift's characters does.
    for entry in entries where entry.name.utf8.starts(with: prefix.utf8) {
      found[String(decoding: entry.name.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)] = entry
    }
    return found
  }

  /// The path that the file was opened with.
  var path: String { bytes.path }
}
