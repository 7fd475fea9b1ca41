internal import CConvolutionKernels

/// The bytes of a file, not to be changed: mapped into memory, so that only what is looked at is read from disk.
@safe final class FileBytes: @unchecked Sendable {
  @safe private enum Storage {
    case mapping(UnsafeRawBufferPointer)
    case array([UInt8])
  }

  let path: String
  private let storage: Storage

  /// Maps the file at `path`.
  ///
  /// - Throws: ``FileFormatError/invalidPath(path:)``, ``FileFormatError/systemFailure(path:operation:code:)``,
  ///   ``FileFormatError/notARegularFile(path:)``.
  init(mapping path: String) throws(FileFormatError) {
    try SystemError.requireNoNUL(path)
    let file = unsafe try SystemError.checked(path, "open the file", convolution_open_file(path, ConvolutionFileRead))
    defer { convolution_close_file(file) }
    var properties = ConvolutionFileProperties()
    unsafe try SystemError.checked(
      path, "read the file's properties", convolution_file_properties(file, &properties))
    try SystemError.requireRegular(properties, path)
    let size = Int(properties.size)
    var mapping: UnsafeRawPointer?
    if size > 0 {
      unsafe try SystemError.checked(path, "map the file into memory", convolution_map_file(file, size, &mapping))
    }
    self.path = path
    unsafe storage = .mapping(UnsafeRawBufferPointer(start: mapping, count: size))
  }

  /// Bytes that are in memory; `path` names them in errors.
  init(_ bytes: [UInt8], path: String) {
    self.path = path
    storage = .array(bytes)
  }

  deinit {
    guard case .mapping(let bytes) = storage, let base = bytes.baseAddress else { return }
    unsafe convolution_unmap_file(base, bytes.count)
  }

  var count: Int {
    switch storage {
    case .mapping(let bytes): bytes.count
    case .array(let bytes): bytes.count
    }
  }

  /// Calls `body` with the bytes in `range`, which must lie within the file.
  @safe func withBytes<Result, Failure: Error>(
    in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "FileBytes: range outside of the file")
    defer { extendLifetime(self) }
    switch storage {
    case .mapping(let bytes):
      return unsafe try body(UnsafeRawBufferPointer(rebasing: bytes[range]))
    case .array(let bytes):
      return unsafe try bytes.withUnsafeBufferPointer { (bytes) throws(Failure) in
        unsafe try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[range]))
      }
    }
  }

  /// A copy of the bytes in `range`, which must lie within the file.
  func copy(of range: Range<Int>) -> [UInt8] {
    withBytes(in: range) { unsafe Array($0) }
  }

  /// The unsigned integer of `byteCount` bytes at `offset`, the least significant first.
  ///
  /// - Throws: ``FileFormatError/unexpectedContent(path:offset:expected:actual:)`` when the file ends before it does.
  func unsignedInteger(at offset: Int, byteCount: Int, name: String) throws(FileFormatError) -> UInt64 {
    guard offset + byteCount <= count else {
      throw .unexpectedContent(
        path: path, offset: offset, expected: "\(byteCount) bytes: \(name)", actual: "\(max(count - offset, 0))")
    }
    return copy(of: offset..<offset + byteCount).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The bytes from `offset` on, `length` of them, ready to be read as a header.
  ///
  /// - Throws: ``FileFormatError/headerTooLong(path:limit:actual:)`` when they pass the file's end or 100 MB, as much as
  ///   the reference implementation of safetensors allows.
  func header(at offset: Int, length: UInt64) throws(FileFormatError) -> HeaderScanner {
    let limit = min(HeaderScanner.longestHeader, count - offset)
    guard length <= UInt64(limit) else { throw .headerTooLong(path: path, limit: limit, actual: length) }
    return HeaderScanner(path: path, offset: offset, bytes: copy(of: offset..<offset + Int(length)))
  }
}
