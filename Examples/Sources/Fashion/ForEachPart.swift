import Dispatch

/// Cuts `0..<count` into as many ranges as there are threads and calls `body` with each on a thread of its own.
///
/// What `body` computes must not depend on where the cuts are, so that results are the same for any number of threads.
func forEachPart(of count: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Void) {
  let parts = max(1, min(threads, count))
  guard parts > 1 else { return body(0..<count) }
  DispatchQueue.concurrentPerform(iterations: parts) { part in
    body(count * part / parts..<count * (part + 1) / parts)
  }
}
