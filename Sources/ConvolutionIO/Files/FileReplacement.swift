internal import Glibc

/// A file that takes the place of another only when all of it is on disk.
///
/// What is written goes to a temporary file in the same folder. ``commit()`` renames it; without that it is removed, and
/// whatever stood at the path stays.
struct FileReplacement: ~Copyable {
  private let path: String
  private let temporaryPath: String
  private let descriptor: Int32
  private var isCommitted = false

  /// Opens the temporary file. A symbolic link to a file is followed, so that the link itself stays; one that leads nowhere is replaced.
  ///
  /// - Throws: ``FileFormatError/invalidPath(path:)``, ``FileFormatError/systemFailure(path:operation:code:)``,
  ///   ``FileFormatError/notARegularFile(path:)``.
  init(of path: String) throws(FileFormatError) {
    try SystemError.requireNoNUL(path)
    var target = path
    var mode: mode_t?
    if unsafe access(path, F_OK) == 0 {
      mode = try SystemError.regularFile(path) { properties in unsafe stat(path, &properties) }.st_mode
      if let resolved = unsafe realpath(path, nil) {
        target = unsafe String(cString: resolved)
        unsafe free(resolved)
      }
    }
    let folder = target.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(target[...$0]) } ?? "./"
    // The name is not derived from the target's, which may be as long as the system allows.
    let temporaryPath = "\(folder).swift-convolution-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
    descriptor = try SystemError.checked(path, "create a temporary file in the same folder") {
      unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    }
    if let mode { fchmod(descriptor, mode & 0o777) }
    self.path = target
    self.temporaryPath = temporaryPath
  }

  deinit {
    close(descriptor)
    if !isCommitted { unsafe unlink(temporaryPath) }
  }

  /// Appends all of `bytes`.
  ///
  /// - Throws: ``FileFormatError/systemFailure(path:operation:code:)``.
  func write(_ bytes: RawSpan) throws(FileFormatError) {
    unsafe try bytes.withUnsafeBytes { (bytes) throws(FileFormatError) in
      var written = 0
      while written < bytes.count {
        written += try SystemError.checked(path, "write the file") {
          unsafe Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
        }
      }
    }
  }

  /// Puts the file in its place, once its bytes have reached the disk.
  ///
  /// - Throws: ``FileFormatError/systemFailure(path:operation:code:)``.
  consuming func commit() throws(FileFormatError) {
    try SystemError.checked(path, "flush the file to disk") { fsync(descriptor) }
    try SystemError.checked(path, "rename the temporary file") { unsafe rename(temporaryPath, path) }
    isCommitted = true
  }
}
