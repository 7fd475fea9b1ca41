internal import CConvolutionKernels

/// A file that takes the place of another only when all of it is on disk.
///
/// What is written goes to a temporary file in the same folder. ``commit()`` renames it; without that it is removed, and
/// whatever stood at the path stays.
struct FileReplacement: ~Copyable {
  private let path: String
  private let temporaryPath: String
  private let file: Int32
  private var isCommitted = false

  /// Opens the temporary file. A symbolic link to a file is followed, so that the link itself stays; one that leads nowhere is
  /// replaced.
  ///
  /// - Throws: ``FileFormatError/invalidPath(path:)``, ``FileFormatError/systemFailure(path:operation:code:)``,
  ///   ``FileFormatError/notARegularFile(path:)``.
  init(of path: String) throws(FileFormatError) {
    try SystemError.requireNoNUL(path)
    var target = path
    var properties = ConvolutionFileProperties()
    let stands = unsafe convolution_path_properties(path, &properties) == 0
    if stands {
      try SystemError.requireRegular(properties, path)
      var resolved = [CChar](repeating: 0, count: Int(ConvolutionLongestPath))
      if unsafe convolution_resolve_path(path, &resolved) {
        target = String(decoding: resolved.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      }
    }
    let folder = target.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(target[...$0]) } ?? "./"
    // The name is not derived from the target's, which may be as long as the system allows.
    let temporaryPath = "\(folder).swift-convolution-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
    file = unsafe try SystemError.checked(
      path, "create a temporary file in the same folder", convolution_open_file(temporaryPath, ConvolutionFileCreate))
    if stands { _ = convolution_set_permissions(file, properties.permissions) }
    self.path = target
    self.temporaryPath = temporaryPath
  }

  deinit {
    convolution_close_file(file)
    if !isCommitted { unsafe convolution_remove_file(temporaryPath) }
  }

  /// Appends all of `bytes`.
  ///
  /// - Throws: ``FileFormatError/systemFailure(path:operation:code:)``.
  func write(_ bytes: RawSpan) throws(FileFormatError) {
    unsafe try bytes.withUnsafeBytes { (bytes) throws(FileFormatError) in
      var written = 0
      while written < bytes.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
        written += unsafe try SystemError.checked(
          path, "write the file", convolution_write_file(file, rest.baseAddress, rest.count))
      }
    }
  }

  /// Puts the file in its place, once its bytes have reached the disk.
  ///
  /// - Throws: ``FileFormatError/systemFailure(path:operation:code:)``.
  consuming func commit() throws(FileFormatError) {
    try SystemError.checked(path, "flush the file to disk", convolution_flush_file(file))
    unsafe try SystemError.checked(path, "rename the temporary file", convolution_rename_file(temporaryPath, path))
    isCommitted = true
  }
}
