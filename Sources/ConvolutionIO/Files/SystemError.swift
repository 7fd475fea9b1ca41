internal import Glibc

enum SystemError {
  /// The system's words for an `errno`.
  static func message(_ code: Int32) -> String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
  }

  /// What `call` returns, repeated for as long as a signal interrupts it.
  ///
  /// - Throws: ``FileFormatError/systemFailure(path:operation:code:)`` when it returns a negative number.
  @discardableResult static func checked<Result: SignedInteger>(
    _ path: String, _ operation: String, _ call: () -> Result
  ) throws(FileFormatError) -> Result {
    while true {
      let result = call()
      if result >= 0 { return result }
      let code = errno
      if code != EINTR { throw .systemFailure(path: path, operation: operation, code: code) }
    }
  }

  /// Refuses a path with a NUL character, where the system would take it to end: `a\0.npy` is another file than `a`.
  ///
  /// - Throws: ``FileFormatError/invalidPath(path:)``.
  static func requireNoNUL(_ path: String) throws(FileFormatError) {
    if path.utf8.contains(0) { throw .invalidPath(path: path) }
  }

  /// The file's properties.
  ///
  /// - Throws: ``FileFormatError/notARegularFile(path:)``: sizes of devices and pipes mean nothing, and a device must not
  ///   be replaced by a file.
  static func regularFile(_ path: String, _ query: (inout stat) -> Int32) throws(FileFormatError) -> stat {
    var properties = stat()
    try checked(path, "read the file's properties") { query(&properties) }
    guard properties.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile(path: path) }
    return properties
  }
}
