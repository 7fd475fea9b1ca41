private import Glibc
import Synchronization

/// The tasks of one ``Parallel/forEach(_:threads:_:)``, dealt out to the threads that share them.
final class SharedLoop: Sendable {
  typealias Body = (_ task: Int, _ worker: Int) -> Void

  private let tasks: Int
  /// The caller's, so that rounding and flushing of a worker are those of the caller.
  private nonisolated(unsafe) var floatingPointModes = fenv_t()
  private let next = Atomic(0)
  /// Captures pointers that the tasks share out among themselves.
  private nonisolated(unsafe) var body: Body?

  init(tasks: Int, body: @escaping Body) {
    self.tasks = tasks
    unsafe self.body = body
    unsafe fegetenv(&floatingPointModes)
  }

  /// Runs tasks until none is left to start.
  @inline(never)
  func run(worker: Int) {
    guard let body = unsafe body else { return }
    while true {
      let task = next.add(1, ordering: .relaxed).oldValue
      guard task < tasks else { return }
      body(task, worker)
    }
  }

  /// What a worker thread does: run tasks under the caller's modes.
  func join(worker: Int) {
    // A copy: several threads read the modes at a time, and `&` asks for them alone.
    var modes = unsafe floatingPointModes
    unsafe fesetenv(&modes)
    run(worker: worker)
  }

  /// Gives up the body, which must not outlive the call that brought it, though a worker may still hold the loop.
  func close() {
    unsafe body = nil
  }
}
