import Glibc
import Testing

/// Runs `body` on `count` threads of their own, each with its number, and returns when all have ended. Dispatch would run
/// as many at a time as there are cores.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws {
  final class Task {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var threads: [pthread_t] = []
  defer { for thread in threads { pthread_join(thread, nil) } }
  for number in 0..<count {
    var thread = pthread_t()
    let task = unsafe Unmanaged.passRetained(Task { body(number) }).toOpaque()
    let status = unsafe pthread_create(
      &thread, nil,
      { task in
        unsafe Unmanaged<Task>.fromOpaque(task!).takeRetainedValue().body()
        return nil
      }, task)
    try #require(status == 0)
    threads.append(thread)
  }
}
