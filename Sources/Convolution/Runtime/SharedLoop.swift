import CConvolutionKernels
import Synchronization

/// The tasks of one ``Parallel/forEach(_:threads:_:)``, split over the threads that share them.
final class SharedLoop: Sendable {
  typealias Body = (_ task: Int, _ worker: Int) -> Void

  private let tasks: Int
  // What a worker takes over from the caller: rounding and flushing, the cores, and whether forks are postponed.
  private let floatingPointModes = convolution_floating_point_modes()
  private let affinity: ConvolutionAffinity
  private let postponesForks = convolution_postpones_forks()

  /// The next task to begin, and above it how many are being run. A thread takes a task and is counted in one step, so
  /// that one which has begun nothing is not waited for.
  private let progress = Atomic<UInt64>(0)
  private static let oneRunning: UInt64 = 1 << 48

  /// Captures pointers that the tasks share out among themselves. Read only by a thread that has a task.
  private nonisolated(unsafe) var body: Body?

  init(tasks: Int, affinity: ConvolutionAffinity, body: @escaping Body) {
    self.tasks = tasks
    self.affinity = affinity
    unsafe self.body = body
  }

  /// Runs tasks until none is left to begin.
  func run(worker: Int) {
    while let task = begin() {
      perform(task, worker: worker)
      progress.subtract(Self.oneRunning, ordering: .releasing)
    }
  }

  /// What a worker thread does: run tasks as the caller would.
  func join(worker: Int) {
    unsafe withUnsafePointer(to: affinity) { unsafe convolution_adopt_affinity($0) }
    convolution_set_floating_point_modes(floatingPointModes)
    run(worker: worker)
  }

  /// Whether no task is being run. After ``run(worker:)`` none will be: the loop is done.
  var isAtRest: Bool { progress.load(ordering: .acquiring) < Self.oneRunning }

  /// Gives up the body, which must not outlive the call that brought it, though a worker may still hold the loop.
  func close() {
    unsafe body = nil
  }

  private func begin() -> Int? {
    var old = progress.load(ordering: .relaxed)
    while true {
      let task = Int(old % Self.oneRunning)
      guard task < tasks else { return nil }
      let (isTaken, now) = progress.weakCompareExchange(
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
