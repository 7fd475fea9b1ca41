import CZlib
import Glibc

/// Reads files compressed by gzip; a file that is not is read as it is.
enum GzipFile {
  /// The whole file, decompressed.
  static func read(_ path: String) throws(DataSetError) -> [UInt8] {
    guard let file = unsafe gzopen(path, "rb") else {
      throw unsafe DataSetError.unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { unsafe gzclose(file) }
    var bytes: [UInt8] = []
    let chunk = 1 << 20
    while true {
      let start = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: chunk))
      let count = unsafe bytes.withUnsafeMutableBytes { unsafe gzread(file, $0.baseAddress! + start, UInt32(chunk)) }
      bytes.removeLast(chunk - max(0, Int(count)))
      // At a truncated file's end the count is 0 and only the state tells.
      var state: Int32 = Z_OK
      let message = unsafe gzerror(file, &state)
      guard count >= 0, state == Z_OK || state == Z_STREAM_END else {
        throw unsafe DataSetError.unreadable(path: path, reason: message.map { unsafe String(cString: $0) } ?? "error")
      }
      if count == 0 { return bytes }
    }
  }
}
