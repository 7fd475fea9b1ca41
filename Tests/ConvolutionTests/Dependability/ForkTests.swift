@testable import Convolution
import Glibc
import ReferenceConvolution
import Synchronization
import TestSupport
import Testing

/// Forks at moments when other threads of the process are in the middle of something. A child that hangs is ended by its
/// alarm, and so is a parent.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ForkTests {
  /// A child finds no lock held by a thread that it does not have.
  @Test func locks() async {
    await #expect(processExitsWith: .success) {
      SystemCalls.endProcess(within: 120)
      let lock = Lock(0)
      let isHeld = Atomic(false)
      let holder = try Thread {
        lock.withLock { value in
          isHeld.store(true, ordering: .releasing)
          usleep(100_000)
          value += 1
        }
      }
      while !isHeld.load(ordering: .acquiring) { sched_yield() }
      #expect(try SystemCalls.statusOfChild { lock.withLock { $0 == 1 } } == 0)
      holder.join()
    }
  }

  /// A thread that postpones forks may do so again while one waits, and the threads that help it may too.
  @Test func nestedPostponements() async {
    await #expect(processExitsWith: .success) {
      SystemCalls.endProcess(within: 120)
      let outer = Lock(0)
      let inner = Lock(0)
      let isHeld = Atomic(false)
      let holder = try Thread {
        outer.withLock { value in
          isHeld.store(true, ordering: .releasing)
          usleep(50_000)  // for the fork to begin
          Parallel.forEach(100, threads: 4) { _, _ in
            usleep(100)
            inner.withLock { $0 += 1 }
          }
          value = inner.withLock { $0 }
        }
      }
      while !isHeld.load(ordering: .acquiring) { sched_yield() }
      #expect(try SystemCalls.statusOfChild { outer.withLock { $0 == 100 } } == 0)
      holder.join()
    }
  }

  /// A child's tasks run on threads of its own, though the parent's executor had some.
  @Test func executor() async {
    await #expect(processExitsWith: .success) {
      SystemCalls.endProcess(within: 120)
      @Sendable func runsATask() -> Bool {
        let isDone = Lock(false)
        Task(executorPreference: ConvolutionExecutor.shared) { isDone.withLock { $0 = true } }
        for _ in 0..<10_000 where !isDone.withLock({ $0 }) { usleep(1000) }
        return isDone.withLock { $0 }
      }
      #expect(runsATask())
      for child in 0..<20 {
        let status = try SystemCalls.statusOfChild { runsATask() }
        try #require(status == 0, "child \(child)")
      }
    }
  }

  /// A child uses its copy of a layer whose filters another thread derives at that moment, for another copy.
  @Test func copiesOfALayer() async {
    await #expect(processExitsWith: .success) {
      SystemCalls.endProcess(within: 120)
      let layer = try Conv2d<Float>(inputChannels: 64, outputChannels: 64, kernelSize: 3, padding: 1)
      let input = try Tensor<Float>.random([64, 8, 8], seed: 1)
      let expected = try layer(input)
      let isOver = Atomic(false)
      let shared = Lock(layer)
      let other = try Thread {
        while !isOver.load(ordering: .relaxed) {
          // Filters of their own, which are derived anew.
          let fresh = shared.withLock { layer in
            layer.weight.value.withUnsafeMutableBufferPointer { unsafe $0[0] = $0[0] }
            return layer
          }
          _ = try? fresh(input)
        }
      }
      for round in 0..<50 {
        let copy = shared.withLock { $0 }
        let status = try SystemCalls.statusOfChild { sameBits(try copy(input), expected) }
        try #require(status == 0, "child \(round)")
      }
      isOver.store(true, ordering: .relaxed)
      other.join()
    }
  }

  /// No fork happens while a thread is inside OpenBLAS, whose locks a child would find held.
  @Test func insideOpenBLAS() async {
    await #expect(processExitsWith: .success) {
      SystemCalls.endProcess(within: 120)
      try OpenBLAS.prepare()
      let isInside = Atomic(false)
      let holder = try Thread {
        OpenBLAS.withOneThread {
          isInside.store(true, ordering: .releasing)
          usleep(100_000)
          isInside.store(false, ordering: .releasing)
        }
      }
      while !isInside.load(ordering: .acquiring) { sched_yield() }
      #expect(try SystemCalls.statusOfChild { !isInside.load(ordering: .acquiring) } == 0)
      holder.join()
    }
  }

  /// Children multiply by OpenBLAS while threads of the parent do.
  @Test func whileOthersMultiply() async {
    await #expect(processExitsWith: .success) {
      SystemCalls.endProcess(within: 240)
      let product = try SquareProduct(side: 104)
      let expected = product.computed()
      let isOver = Atomic(false)
      let others = try (0..<4).map { _ in
        try Thread { while !isOver.load(ordering: .relaxed) { _ = product.computed() } }
      }
      for round in 0..<300 {
        let status = try SystemCalls.statusOfChild { product.computed() == expected }
        try #require(status == 0, "child \(round)")
      }
      isOver.store(true, ordering: .relaxed)
      for other in others { other.join() }
    }
  }

  /// Two threads fork at a time.
  @Test func forksAtATime() async {
    await #expect(processExitsWith: .success) {
      SystemCalls.endProcess(within: 120)
      let lock = Lock(0)
      let failures = Atomic(0)
      try onThreads(4) { _ in
        for _ in 0..<25 {
          lock.withLock { $0 += 1 }
          let status = try? SystemCalls.statusOfChild { lock.withLock { $0 > 0 } }
          if status != 0 { failures.add(1, ordering: .relaxed) }
        }
      }
      #expect(failures.load(ordering: .relaxed) == 0)
      #expect(lock.withLock { $0 } == 100)
    }
  }
}
