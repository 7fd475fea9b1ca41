import CConvolutionKernels

/// Short texts that the system keeps for this process.
enum SystemText {
  /// An environment variable; its first 4,095 bytes where it is longer.
  static func environment(_ name: String) -> String? {
    var value = [CChar](repeating: 0, count: 4096)
    guard unsafe convolution_environment(name, &value, value.count) else { return nil }
    return String(decoding: value.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// A file of at most 256 KiB, as those of `/proc` and of control groups are; `nil` for any other, or none.
  static func file(_ path: String) -> String? {
    let capacity = 256 << 10
    var bytes = [CChar](repeating: 0, count: capacity)
    let count = unsafe convolution_read_file(path, &bytes, capacity)
    guard count >= 0, count < capacity else { return nil }
    return String(decoding: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
