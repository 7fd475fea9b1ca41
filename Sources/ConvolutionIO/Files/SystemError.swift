internal import CConvolutionKernels

enum SystemError {
  /// The system's words for an `errno`.
  static func message(_ code: Int32) -> String {
    guard let text = unsafe convolution_error_text(code) else { return "error \(code)" }
    return unsafe String(cString: text)
  }

  /// What a call of the system returned.
  ///
  /// - Throws: ``FileFormatError/systemFailure(path:operation:code:)`` when that is the number of an error, with a minus.
  @discardableResult static func checked<Result: SignedInteger>(
    _ path: String, _ operation: String, _ result: Result
  ) throws(FileFormatError) -> Result {
    guard result >= 0 else { throw .systemFailure(path: path, operation: operation, code: Int32(-result)) }
    return result
  }

  /// Refuses a path with a NUL character, where the system would take it to end: `a\0.npy` is another file than `a`.
  ///
  /// - Throws: ``FileFormatError/invalidPath(path:)``.
  static func requireNoNUL(_ path: String) throws(FileFormatError) {
    if path.utf8.contains(0) { throw .invalidPath(path: path) }
  }

  /// Refuses what is not a file.
  ///
  /// - Throws: ``FileFormatError/notARegularFile(path:)``: sizes of devices and pipes mean nothing, and a device must not
  ///   be replaced by a file.
  static func requireRegular(_ properties: ConvolutionFileProperties, _ path: String) throws(FileFormatError) {
    if !properties.isRegular { throw .notARegularFile(path: path) }
  }
}
