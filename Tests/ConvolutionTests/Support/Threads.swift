import Glibc
import Testing

/// A thread of its own; Dispatch would run as many at a time as there are cores.
@safe final class Thread {
  private var thread = pthread_t()

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  init(_ body: @escaping @Sendable () -> Void) throws {
    let body = unsafe Unmanaged.passRetained(Body(body))
    let status = unsafe pthread_create(
      &thread, nil,
      { body in
        unsafe Unmanaged<Body>.fromOpaque(body!).takeRetainedValue().run()
        return nil
      }, body.toOpaque())
    try #require(status == 0)
  }

  func join() { pthread_join(thread, nil) }
  func signal(_ number: Int32) { pthread_kill(thread, number) }
  func cancel() { pthread_cancel(thread) }
}

/// Runs `body` on `count` threads, each with its number, and returns when all have ended.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws {
  var threads: [Thread] = []
  defer { for thread in threads { thread.join() } }
  for number in 0..<count { threads.append(try Thread { body(number) }) }
}
