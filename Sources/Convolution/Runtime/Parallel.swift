import CConvolutionKernels

/// Independent tasks on several threads.
package enum Parallel {
  /// Calls `body` once for every task in `0..<tasks`, on at most `threads` threads, and returns when all have ended.
  ///
  /// Each worker begins with a share of neighbouring tasks, in order, and goes on with what others have left; a result must
  /// not depend on who does what. With one thread, or one task, or when every ``WorkerThread`` is busy, everything runs on the
  /// caller's. A caller that is bound to a single core computes alone, for threads there could only take turns.
  ///
  /// - Parameter body: Receives the task and the worker, which is below `min(tasks, threads)` and never runs two tasks
  ///   at a time: it may index per-worker memory. It runs under the caller's floating-point modes and on its cores.
  package static func forEach(_ tasks: Int, threads: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
    let workers = min(tasks, threads)
    let affinity = workers > 1 ? convolution_affinity() : ConvolutionAffinity()
    guard workers > 1, affinity.count != 1 || convolution_process_cores() == 1 else {
      for task in 0..<tasks { body(task, 0) }
      return
    }
    // The body lies on this thread's stack.
    let cancellation = convolution_disable_cancellation()
    defer { convolution_restore_cancellation(cancellation) }
    withoutActuallyEscaping(body) { body in
      let helpers = WorkerThread.claim(workers - 1)
      let loop = SharedLoop(tasks: tasks, workers: helpers.count + 1, affinity: affinity, body: body)
      for (index, helper) in helpers.enumerated() { helper.offer(loop, worker: index + 1) }
      loop.run(worker: 0)
      for helper in helpers { helper.retract() }
      while !Spinning.wait(for: ThreadLimits.hasQuota ? 50_000 : 1_000_000, until: { loop.isAtRest }) {
        // A task that takes long, or a thread whose core is taken: let others have this one.
        convolution_sleep(50_000)
      }
      loop.close()
      for helper in helpers { helper.settle() }
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
