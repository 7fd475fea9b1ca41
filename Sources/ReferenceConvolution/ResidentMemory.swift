private import CConvolutionKernels

/// Memory of this process that is in use, in bytes, as Linux counts it.
public enum ResidentMemory {
  /// What is resident now.
  public static var current: Int { field("VmRSS:") }

  /// The most that was resident since ``resetPeak()``.
  public static var peak: Int { field("VmHWM:") }

  /// Lets the peak begin again at what is resident now.
  public static func resetPeak() {
    let file = unsafe convolution_open_file("/proc/self/clear_refs", ConvolutionFileWrite)
    guard file >= 0 else { return }
    _ = unsafe convolution_write_file(file, "5", 1)
    convolution_close_file(file)
  }

  /// A field of `/proc/self/status`, which is in KiB.
  private static func field(_ name: String) -> Int {
    var bytes = [CChar](repeating: 0, count: 16 << 10)
    let count = unsafe convolution_read_file("/proc/self/status", &bytes, bytes.count)
    let text = String(decoding: bytes.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    for line in text.split(separator: "\n") where line.hasPrefix(name) {
      return (Int(line.split(whereSeparator: \.isWhitespace)[1]) ?? 0) << 10
    }
    return 0
  }
}
