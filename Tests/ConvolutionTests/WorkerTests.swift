import CConvolutionKernels
@testable import Convolution
import Glibc
import Synchronization
import Testing

/// The threads that callers share.
@Suite(.timeLimit(.minutes(15)))
struct WorkerTests {
  private static func sumOfTasks(_ tasks: Int, threads: Int) -> Int {
    let sum = Atomic(0)
    Parallel.forEach(tasks, threads: threads) { task, _ in sum.add(task, ordering: .relaxed) }
    return sum.load(ordering: .relaxed)
  }

  /// More callers than workers, over and over: each gets all of its own tasks done, and none waits for another.
  @Test func manyCallers() async {
    await withTaskGroup { group in
      for caller in 0..<16 {
        group.addTask {
          for round in 0..<500 {
            let tasks = (caller + round) % 20
            #expect(Self.sumOfTasks(tasks, threads: 4) == tasks * (tasks - 1) / 2)
          }
        }
      }
    }
  }

  @Test func tasksThatHaveTasks() {
    let sum = Atomic(0)
    Parallel.forEach(10, threads: 4) { _, _ in
      sum.add(Self.sumOfTasks(10, threads: 4), ordering: .relaxed)
    }
    #expect(sum.load(ordering: .relaxed) == 450)
  }

  /// Workers that went to sleep come back.
  @Test func pauses() {
    for pause in [0, 10, 900, 1000, 1100, 5000] {
      for _ in 0..<20 {
        usleep(UInt32(pause))
        #expect(Self.sumOfTasks(100, threads: 4) == 4950)
      }
    }
  }

  /// A worker rounds as its caller does, so that results do not depend on who computes them.
  @Test func floatingPointModes() {
    let before = fegetround()
    defer { fesetround(before) }
    let modes: [Int32] = [FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO, FE_TONEAREST]
    for mode in modes {
      fesetround(mode)
      let workers = Lock(Set<Int>())
      let others = Atomic(0)
      // Long enough for a worker to come, however late it wakes.
      for _ in 0..<1000 where workers.withLock({ $0.count }) < 2 {
        Parallel.forEach(64, threads: 4) { _, worker in
          usleep(50)
          if fegetround() != mode { others.add(1, ordering: .relaxed) }
          _ = workers.withLock { $0.insert(worker) }
        }
      }
      #expect(workers.withLock { $0.count } > 1)
      #expect(others.load(ordering: .relaxed) == 0)
    }
  }

  // MARK: Whose cores, whose priority

  /// The niceness and the cores of the threads that run the tasks of `forEach`, until others than the caller's came, or
  /// for a second.
  private static func helpers() throws -> (niceness: Set<Int32>, affinities: Set<[UInt64]>) {
    usleep(2000)  // what a caller knows of itself may be a millisecond old
    let seen = Lock((niceness: Set<Int32>(), affinities: Set<[UInt64]>()))
    for _ in 0..<200 where seen.withLock({ $0.niceness.isEmpty }) {
      Parallel.forEach(16, threads: 4) { _, worker in
        usleep(100)
        guard worker > 0, let affinity = try? SystemCalls.affinity else { return }
        let niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        seen.withLock { seen in
          seen.niceness.insert(niceness)
          seen.affinities.insert(affinity)
        }
      }
    }
    return seen.withLock { $0 }
  }

  /// The first call of a process comes from a thread of low priority, or one that is bound to a core: it gets no help of
  /// which others would see the traces.
  @Test func firstCallerIsNotLikeTheProcess() async {
    await #expect(processExitsWith: .success) {
      SystemCalls.endProcess(within: 120)
      let cores = try SystemCalls.affinity
      let niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
      try #require(niceness < 19)
      try onThreads(1) { _ in
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
        #expect(try! WorkerTests.helpers().niceness.isEmpty)
      }
      try onThreads(1) { _ in
        try! SystemCalls.bindToOneCore()
        let own = try! SystemCalls.affinity
        #expect(try! WorkerTests.helpers().affinities.isSubset(of: [own]))
      }
      let helpers = try WorkerTests.helpers()
      #expect(helpers.niceness == [niceness])
      #expect(helpers.affinities == [cores])
    }
  }

  /// Workers that the process started keep off the threads whose priority it has lowered, and follow it when it lowers its
  /// own.
  @Test func prioritiesThatChange() async {
    await #expect(processExitsWith: .success) {
      SystemCalls.endProcess(within: 120)
      let niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
      try #require(niceness < 18)
      #expect(try WorkerTests.helpers().niceness == [niceness])
      try onThreads(1) { _ in
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
        #expect(try! WorkerTests.helpers().niceness.isEmpty)
      }
      #expect(try WorkerTests.helpers().niceness == [niceness])
      // The first thread stands for the process; this may be another.
      for thread in [0, id_t(getpid())] { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), thread, 18) }
      #expect(try WorkerTests.helpers().niceness == [18])
    }
  }

  // MARK: Workers that are put off

  /// A worker that has begun no task is not waited for, and does nothing when it comes at last.
  @Test func lateWorker() throws {
    let runs = Atomic(0)
    withoutActuallyEscaping({ (_: Int, _: Int) in runs.add(1, ordering: .relaxed) }) { body in
      let loop = SharedLoop(tasks: 5, workers: 2, affinity: convolution_affinity(), body: body)
      #expect(loop.isAtRest)
      loop.run(worker: 0)
      #expect(loop.isAtRest && runs.load(ordering: .relaxed) == 5)
      loop.close()
      loop.join(worker: 1)
      #expect(loop.isAtRest && runs.load(ordering: .relaxed) == 5)
    }
  }

  /// A worker begins with its own share, neighbours in order, and does the others' as well where nobody else comes.
  @Test(arguments: [(10, 2, 1), (10, 3, 1), (3, 3, 2), (7, 4, 0)])
  func sharesOfNeighbours(tasks: Int, workers: Int, worker: Int) {
    let order = Lock<[Int]>([])
    withoutActuallyEscaping({ (task: Int, _: Int) in order.withLock { $0.append(task) } }) { body in
      let loop = SharedLoop(tasks: tasks, workers: workers, affinity: convolution_affinity(), body: body)
      loop.run(worker: worker)
      loop.close()
    }
    let first = SizeArithmetic.part(worker, of: workers, in: tasks).lowerBound
    #expect(order.withLock { $0 } == Array(first..<tasks) + Array(0..<first))
  }

  /// A task that has begun is waited for.
  @Test func workerInATask() throws {
    for _ in 0..<20 {
      let isDone = Atomic(false)
      let hasBegun = Atomic(false)
      Parallel.forEach(2, threads: 2) { _, worker in
        if worker == 0 {
          for _ in 0..<2000 where !hasBegun.load(ordering: .acquiring) { usleep(100) }
        } else {
          hasBegun.store(true, ordering: .releasing)
          usleep(3000)
          isDone.store(true, ordering: .releasing)
        }
      }
      let (begun, done) = (hasBegun.load(ordering: .acquiring), isDone.load(ordering: .acquiring))
      #expect(begun == done)
    }
  }

  /// Whatever a worker that is put off has not begun, the caller does: while one is held in its first task, all others end.
  @Test func tasksOfAWorkerThatIsPutOff() {
    let done = Atomic(0)
    let held = Atomic(0)
    for _ in 0..<20 {
      done.store(0, ordering: .relaxed)
      Parallel.forEach(100, threads: 2) { _, worker in
        if worker > 0 {
          held.add(1, ordering: .relaxed)
          // Would the rest be left to the worker, this would not end; in ten seconds it gives up.
          for _ in 0..<100_000 where done.load(ordering: .acquiring) < 99 { usleep(100) }
          #expect(done.load(ordering: .acquiring) == 99)
        } else {
          // Time for the worker to come.
          for _ in 0..<20 where held.load(ordering: .relaxed) == 0 { usleep(100) }
        }
        done.add(1, ordering: .acquiringAndReleasing)
      }
      #expect(done.load(ordering: .relaxed) == 100)
    }
  }

  /// A caller that is cancelled while it waits for a worker goes on waiting: the tasks use its stack.
  @Test func cancelledCaller() async {
    await #expect(processExitsWith: .success) {
      SystemCalls.endProcess(within: 120)
      let hasBegun = Atomic(false)
      let isDone = Atomic(false)
      let hasReturned = Atomic(false)
      let caller = try Thread {
        Parallel.forEach(2, threads: 2) { _, worker in
          if worker == 0 {
            let start = convolution_nanoseconds()
            while !hasBegun.load(ordering: .acquiring), convolution_nanoseconds() - start < 10_000_000_000 {
              sched_yield()
            }
          } else {
            hasBegun.store(true, ordering: .releasing)
            usleep(300_000)
            isDone.store(true, ordering: .releasing)
          }
        }
        hasReturned.store(true, ordering: .releasing)
      }
      while !hasBegun.load(ordering: .acquiring) { usleep(1000) }
      usleep(50_000)  // the caller has run out of tasks
      caller.cancel()
      caller.join()
      let (done, returned) = (isDone.load(ordering: .acquiring), hasReturned.load(ordering: .acquiring))
      #expect(done && returned)
    }
  }
}
