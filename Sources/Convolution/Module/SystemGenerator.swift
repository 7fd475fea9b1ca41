import Glibc

/// Random numbers from the system, a few dozen at a time: `SystemRandomNumberGenerator` asks the system for each of them,
/// which takes ten times as long.
struct SystemGenerator: RandomNumberGenerator {
  private var numbers: [UInt64] = []

  /// What `getentropy` gives at most.
  private static let byteCount = 256

  mutating func next() -> UInt64 {
    if numbers.isEmpty { refill() }
    return numbers.removeLast()
  }

  private mutating func refill() {
    numbers = [UInt64](repeating: 0, count: Self.byteCount / MemoryLayout<UInt64>.stride)
    let status = unsafe numbers.withUnsafeMutableBytes { unsafe getentropy($0.baseAddress!, $0.count) }
    precondition(status == 0, "getentropy: errno \(errno)")
  }
}
