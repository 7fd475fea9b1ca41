/// Independent tasks on several threads.
package enum Parallel {
  /// Calls `body` once for every task in `0..<tasks`, on at most `threads` threads, and returns when all have ended.
  ///
  /// Tasks start in order and go to whichever worker is free; a result must not depend on which. With one thread, or
  /// one task, or when every ``WorkerThread`` is busy, everything runs on the caller's.
  ///
  /// - Parameter body: Receives the task and the worker, which is below `min(tasks, threads)` and never runs two tasks
  ///   at a time: it may index per-worker memory. It runs under the caller's floating-point modes.
  package static func forEach(_ tasks: Int, threads: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
    let workers = min(tasks, threads)
    guard workers > 1 else {
      for task in 0..<tasks { body(task, 0) }
      return
    }
    withoutActuallyEscaping(body) { body in
      let loop = SharedLoop(tasks: tasks, body: body)
      let helpers = WorkerThread.claim(workers - 1)
      for (index, helper) in helpers.enumerated() { helper.offer(loop, worker: index + 1) }
      loop.run(worker: 0)
      for helper in helpers { helper.release() }
      loop.close()
    }
  }

  /// Cuts `0..<count` into even ranges, a few for each thread or fewer, and calls `body` once for each. A thread that
  /// starts late, or whose core is slow for a while, takes fewer of them.
  package static func forEachPart(of count: Int, threads: Int, _ body: (_ range: Range<Int>, _ worker: Int) -> Void) {
    let parts = min(count, threads > 1 ? 4 * threads : 1)
    forEach(parts, threads: threads) { part, worker in
      body(SizeArithmetic.part(part, of: parts, in: count), worker)
    }
  }
}
