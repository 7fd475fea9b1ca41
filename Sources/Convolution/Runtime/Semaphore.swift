private import Glibc

/// A POSIX semaphore that starts at 0. It is never freed.
@safe final class Semaphore: Sendable {
  private nonisolated(unsafe) let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init() { reset() }

  /// Forgets what was signalled, and who waits.
  func reset() { unsafe sem_init(semaphore, 0, 0) }

  func signal() { unsafe sem_post(semaphore) }

  func wait() {
    while unsafe sem_wait(semaphore) != 0 {}  // interrupted by a signal
  }
}
