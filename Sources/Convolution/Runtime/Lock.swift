import Glibc

/// A value that one thread at a time may see and change.
///
/// A lock of the system's, not `Synchronization.Mutex`: ThreadSanitizer knows the former, and takes whatever the latter
/// guards for a race. The two cost the same.
@safe final class Lock<Value>: @unchecked Sendable {
  private var value: Value
  // On the heap: a mutex must not move, nor Swift take a call on it for a change of this object.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init(_ value: sending Value) {
    self.value = value
    unsafe mutex.initialize(to: pthread_mutex_t())
    let status = unsafe pthread_mutex_init(mutex, nil)
    precondition(status == 0, "pthread_mutex_init: \(status)")
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  /// Holds the lock beyond one call, as across a fork: a child finds it as the forking thread left it.
  func lock() { unsafe pthread_mutex_lock(mutex) }
  func unlock() { unsafe pthread_mutex_unlock(mutex) }

  /// Calls `body` with the value while no other thread has it; `body` must not ask for it again.
  func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
    lock()
    defer { unlock() }
    return try body(&value)
  }
}
