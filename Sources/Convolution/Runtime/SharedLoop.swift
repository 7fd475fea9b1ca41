import CConvolutionKernels
import Synchronization

/// The tasks of one ``Parallel/forEach(_:threads:_:)``, split over the threads that share them.
///
/// Every worker has a share of neighbouring tasks, and takes over the others' once it has done its own. So the next loop over the
/// same memory finds most of it in the caches of the core that used it last. What another core has written has to come from there;
/// Benchmarks/README.md has what that costs.
@safe final class SharedLoop: Sendable {
  typealias Body = (_ task: Int, _ worker: Int) -> Void

  // What a worker takes over from the caller: rounding and flushing, the cores, and whether forks are postponed.
  private let floatingPointModes = convolution_floating_point_modes()
  private let affinity: ConvolutionAffinity
  private let postponesForks = convolution_postpones_forks()

  /// Tasks before `end`.
  private struct Share: ~Copyable {
    /// The next task to begin, and above it how many are being run. A thread takes a task and is counted in one step, so
    /// that one which has begun nothing is not waited for.
    let progress: Atomic<UInt64>
    let end: Int
    /// Keeps shares out of each other's cache line.
    let padding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
  }
  private static let oneRunning: UInt64 = 1 << 48

  private nonisolated(unsafe) let shares: UnsafeMutablePointer<Share>
  private let workers: Int

  /// Captures pointers that the tasks share out among themselves. Read only by a thread that has a task.
  private nonisolated(unsafe) var body: Body?

  init(tasks: Int, workers: Int, affinity: ConvolutionAffinity, body: @escaping Body) {
    self.workers = workers
    self.affinity = affinity
    unsafe self.body = body
    unsafe shares = .allocate(capacity: workers)
    for worker in 0..<workers {
      let part = SizeArithmetic.part(worker, of: workers, in: tasks)
      unsafe (shares + worker).initialize(
        to: Share(progress: Atomic(UInt64(part.lowerBound)), end: part.upperBound))
    }
  }

  deinit {
    unsafe shares.deinitialize(count: workers)
    unsafe shares.deallocate()
  }

  /// Runs tasks until none is left to begin.
  func run(worker: Int) {
    // Its own share, then those behind it.
    for place in worker..<worker + workers {
      let share = place % workers
      while let task = begin(in: share) {
        perform(task, worker: worker)
        unsafe shares[share].progress.subtract(Self.oneRunning, ordering: .releasing)
      }
    }
  }

  /// What a worker thread does: run tasks as the caller would.
  func join(worker: Int) {
    unsafe withUnsafePointer(to: affinity) { unsafe convolution_adopt_affinity($0) }
    convolution_set_floating_point_modes(floatingPointModes)
    run(worker: worker)
  }

  /// Whether no task is being run. After ``run(worker:)`` none will be: the loop is done.
  var isAtRest: Bool {
    for share in 0..<workers where unsafe shares[share].progress.load(ordering: .acquiring) >= Self.oneRunning {
      return false
    }
    return true
  }

  /// Gives up the body, which must not outlive the call that brought it, though a worker may still hold the loop.
  func close() {
    unsafe body = nil
  }

  private func begin(in share: Int) -> Int? {
    var old = unsafe shares[share].progress.load(ordering: .relaxed)
    while true {
      let task = Int(old % Self.oneRunning)
      guard unsafe task < shares[share].end else { return nil }
      let (isTaken, now) = unsafe shares[share].progress.weakCompareExchange(
        expected: old, desired: old + Self.oneRunning + 1, ordering: .acquiring)
      if isTaken { return task }
      old = now
    }
  }

  // Not inlined: no reference to the body is held beyond the task.
  @inline(never)
  private func perform(_ task: Int, worker: Int) {
    if postponesForks { convolution_join_postponement() }
    defer { if postponesForks { convolution_permit_forks() } }
    unsafe body?(task, worker)
  }
}
