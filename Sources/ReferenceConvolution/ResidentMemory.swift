private import Glibc

/// Memory of this process that is in use, in bytes, as Linux counts it.
public enum ResidentMemory {
  /// What is resident now.
  public static var current: Int { field("VmRSS:") }

  /// The most that was resident since ``resetPeak()``.
  public static var peak: Int { field("VmHWM:") }

  /// Lets the peak begin again at what is resident now.
  public static func resetPeak() {
    guard let file = unsafe fopen("/proc/self/clear_refs", "w") else { return }
    unsafe fputs("5", file)
    unsafe fclose(file)
  }

  /// A field of `/proc/self/status`, which is in KiB.
  private static func field(_ name: String) -> Int {
    guard let file = unsafe fopen("/proc/self/status", "r") else { return 0 }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while unsafe fgets(&line, 256, file) != nil {
      let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        .split(whereSeparator: \.isWhitespace)
      if words.count > 1, words[0] == name, let kibibytes = Int(words[1]) { return kibibytes << 10 }
    }
    return 0
  }
}
