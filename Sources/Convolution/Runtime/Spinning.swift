import CConvolutionKernels
private import Glibc

/// Waiting without sleep, for what comes soon.
enum Spinning {
  /// How long a wait may last: longer than what programs do between two layers, shorter than anyone notices.
  private static let nanoseconds = 1_000_000

  /// Asks `condition` over and over until it holds, or for a millisecond; returns whether it held.
  ///
  /// Every few microseconds it offers the core to whoever wants it, so that it costs little on a machine with more to
  /// do than cores.
  static func wait(until condition: () -> Bool) -> Bool {
    let start = now
    repeat {
      for _ in 0..<64 {
        if condition() { return true }
        convolution_pause()
      }
      sched_yield()
    } while now &- start < nanoseconds
    return condition()
  }

  private static var now: Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
