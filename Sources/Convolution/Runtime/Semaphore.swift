import CConvolutionKernels

/// A semaphore that starts at 0. It is never freed.
@safe final class Semaphore: Sendable {
  private nonisolated(unsafe) let semaphore = unsafe convolution_semaphore_create()!

  /// Forgets what was signalled, and who waits.
  func reset() { unsafe convolution_semaphore_reset(semaphore) }
  func signal() { unsafe convolution_semaphore_signal(semaphore) }
  func wait() { unsafe convolution_semaphore_wait(semaphore) }
}
