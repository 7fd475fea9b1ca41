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
}
