import CConvolutionKernels

/// A value that one thread at a time may see and change.
///
/// Forks of the process wait until no lock is held, so that a child finds none held by a thread that it does not have.
///
/// A lock of the system's, not `Synchronization.Mutex`: ThreadSanitizer knows the former, and takes whatever the latter
/// guards for a race. The two cost the same.
@safe final class Lock<Value>: @unchecked Sendable {
  private var value: Value
  private let mutex = unsafe convolution_mutex_create()!

  init(_ value: sending Value) {
    self.value = value
  }

  deinit {
    unsafe convolution_mutex_destroy(mutex)
  }

  /// Calls `body` with the value while no other thread has it; `body` must not ask for it again.
  func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
    try withoutForks { () throws(E) in
      unsafe convolution_mutex_lock(mutex)
      defer { unsafe convolution_mutex_unlock(mutex) }
      return try body(&value)
    }
  }
}

/// Calls `body` while the process does not fork: other threads that want to wait for its end.
func withoutForks<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
  convolution_postpone_forks()
  defer { convolution_permit_forks() }
  return try body()
}
