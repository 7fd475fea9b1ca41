import CZlib

/// Reads files compressed by gzip; a file that is not is read as it is.
enum GzipFile {
  /// The whole file, decompressed.
  static func read(_ path: String) throws(DataSetError) -> [UInt8] {
    var message = [CChar](repeating: 0, count: 256)
    func unreadable() -> DataSetError {
      let reason = message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
      return .unreadable(path: path, reason: String(decoding: reason, as: UTF8.self))
    }
    let name = path.utf8CString
    let file = open(name, &message)
    guard file != 0 else { throw unreadable() }
    defer { czlib_close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(file, &chunk, &message)
      guard count >= 0 else { throw unreadable() }
      if count == 0 { return bytes }
      bytes += chunk.prefix(count)
    }
  }

  private static func open(_ path: ContiguousArray<CChar>, _ message: inout [CChar]) -> UInt {
    var message = message.mutableSpan
    return czlib_open(path.span, &message)
  }

  private static func read(_ file: UInt, _ bytes: inout [UInt8], _ message: inout [CChar]) -> Int {
    var bytes = bytes.mutableSpan
    var message = message.mutableSpan
    return Int(czlib_read(file, &bytes, &message))
  }
}
