import CConvolutionKernels

/// Waiting without sleep, for what comes soon.
enum Spinning {
  /// How long a worker waits for its next loop: longer than what programs do between two layers, shorter than anyone
  /// notices. Under a quota of processor time it does not wait: that would use up the quota.
  static var nanoseconds: Int64 { ThreadLimits.hasQuota ? 0 : 1_000_000 }

  /// After a yield of more than this, another thread wanted the core.
  private static let longYield: Int64 = 100_000

  /// Asks `condition` over and over until it holds, or for so long; returns whether it held.
  ///
  /// Every few microseconds it yields the core, and stops waiting where another thread takes it: the machine has more work
  /// than cores.
  static func wait(for nanoseconds: Int64, until condition: () -> Bool) -> Bool {
    let start = convolution_nanoseconds()
    var last = start
    repeat {
      for _ in 0..<64 {
        if condition() { return true }
        convolution_pause()
      }
      convolution_yield()
      let now = convolution_nanoseconds()
      if now - last > longYield { break }
      last = now
    } while last - start < nanoseconds
    return condition()
  }
}
