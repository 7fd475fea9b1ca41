import CConvolutionKernels

/// Random numbers from the system, a few dozen at a time: `SystemRandomNumberGenerator` asks the system for each of them,
/// which takes ten times as long.
struct SystemGenerator: RandomNumberGenerator {
  private var numbers: [UInt64] = []

  /// What the system gives at once.
  private static let byteCount = 256

  mutating func next() -> UInt64 {
    if numbers.isEmpty { refill() }
    return numbers.removeLast()
  }

  private mutating func refill() {
    numbers = [UInt64](repeating: 0, count: Self.byteCount / MemoryLayout<UInt64>.stride)
    let areThere = unsafe numbers.withUnsafeMutableBytes { unsafe convolution_random_bytes($0.baseAddress!, $0.count) }
    precondition(areThere, "SystemGenerator: the system has no random numbers")
  }
}
