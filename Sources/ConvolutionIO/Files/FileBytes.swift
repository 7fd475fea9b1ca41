internal import Glibc

/// The bytes of a file, not to be changed: mapped into memory, so that only what is looked at is read from disk.
@safe final class FileBytes: @unchecked Sendable {
  let path: String
  let count: Int
  private let base: UnsafeMutableRawPointer?
  private let isMapped: Bool

  /// Maps the file at `path`.
  ///
  /// - Throws: ``FileFormatError/systemFailure(path:operation:code:)``, ``FileFormatError/notARegularFile(path:)``.
  init(mapping path: String) throws(FileFormatError) {
    // Without O_NONBLOCK, opening a pipe would wait for someone who writes to it.
    let descriptor = try SystemError.checked(path, "open the file") {
      unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    }
    defer { close(descriptor) }
    let size = try SystemError.regularFile(path) { properties in unsafe fstat(descriptor, &properties) }.st_size
    var mapping: UnsafeMutableRawPointer?
    if size > 0 {
      unsafe mapping = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
      guard unsafe mapping != MAP_FAILED else {
        throw .systemFailure(path: path, operation: "map the file into memory", code: errno)
      }
    }
    self.path = path
    count = size
    unsafe base = mapping
    isMapped = true
  }

  /// A copy of bytes that are in memory; `path` names them in errors.
  ///
  /// The copy is exactly as long as the bytes, so that a sanitizer sees every read past its end.
  init(_ bytes: [UInt8], path: String) {
    self.path = path
    count = bytes.count
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    unsafe copy.copyBytes(from: bytes)
    unsafe base = copy.baseAddress
    isMapped = false
  }

  deinit {
    guard let base = unsafe base else { return }
    if isMapped {
      unsafe munmap(base, count)
    } else {
      unsafe base.deallocate()
    }
  }

  /// Calls `body` with the bytes in `range`, which must lie within the file.
  @safe func withBytes<Result, Failure: Error>(
    in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "FileBytes: range outside of the file")
    defer { extendLifetime(self) }
    return unsafe try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(start: base, count: count)[range]))
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
