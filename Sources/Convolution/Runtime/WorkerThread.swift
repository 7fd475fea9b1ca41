import CConvolutionKernels
import Synchronization

/// A thread that helps callers with their loops, one at a time.
///
/// After a loop it stays awake for a millisecond, as the next layer of a network comes within microseconds while waking
/// a thread takes tens of them: with Dispatch's `concurrentPerform` a layer of 0.1 ms gained nothing from a second
/// thread. Then it sleeps. All callers share the workers, one fewer than the process has cores and started when first
/// needed. A caller that finds them busy does its tasks alone, and one that has run out of tasks waits only for those
/// that workers have begun.
final class WorkerThread: Sendable {
  private enum State: UInt8, AtomicRepresentable {
    /// Not running; it never was, or its thread stayed behind in the parent of a fork.
    case absent
    case idle
    /// One caller's, until that offers it a loop.
    case claimed
    case offered
    /// From here on the thread's own, until it is idle again.
    case running
    /// To end, as the process is scheduled otherwise than this thread.
    case dismissed
  }

  /// On a machine with few cores still some, for those who ask for them.
  private static let all = (0..<max(3, Int(convolution_process_cores()) - 1)).map { _ in WorkerThread() }

  /// A child has the forking thread alone. Nothing is to be forgotten before `all` is there, and a child must not be the
  /// one to make it.
  private static let isReadyForForks: Bool = {
    let workers = all.count
    return convolution_on_fork_in_child { for worker in WorkerThread.all { worker.forget() } } && workers > 0
  }()

  private let state = Atomic(State.absent)
  private let isAsleep = Atomic(false)
  /// How the thread is scheduled: as the caller that started it.
  private let scheduling = Atomic<UInt64>(0)
  /// Written by the caller before it offers, read by the thread while it runs.
  private nonisolated(unsafe) var loop: SharedLoop?
  private nonisolated(unsafe) var worker = 0
  private let alarm = Semaphore()

  private init() {}

  /// Up to `count` workers, each to be offered a loop which is then retracted.
  ///
  /// Only those that are scheduled as the calling thread is, with its policy and niceness: a thread of low priority must
  /// not compute at a higher one, and its priority not pass to others. A caller that differs from the process itself
  /// starts none, and so computes alone.
  static func claim(_ count: Int) -> [WorkerThread] {
    // Postponed, a fork in another thread finds a worker here or there, but none half started.
    withoutForks {
      guard isReadyForForks else { return [] }
      let scheduling = convolution_thread_scheduling()
      var claimed: [WorkerThread] = []
      for worker in all where claimed.count < count && worker.isClaimed(by: scheduling) { claimed.append(worker) }
      return claimed
    }
  }

  private func isClaimed(by caller: UInt64) -> Bool {
    switch state.load(ordering: .acquiring) {
    case .idle where scheduling.load(ordering: .relaxed) == caller:
      return isTaken(from: .idle, to: .claimed)
    case .idle where caller == convolution_process_scheduling():
      // The process has changed since: another takes its place at the next loop.
      if isTaken(from: .idle, to: .dismissed) { wakeIfAsleep() }
      return false
    case .absent where caller == convolution_process_scheduling():
      return isTaken(from: .absent, to: .claimed) && isStarted(as: caller)
    default: return false
    }
  }

  private func isTaken(from old: State, to new: State) -> Bool {
    state.compareExchange(expected: old, desired: new, ordering: .sequentiallyConsistent).exchanged
  }

  /// Lets the thread join `loop` as number `worker`.
  func offer(_ loop: SharedLoop, worker: Int) {
    keep(loop, worker: worker)
    state.store(.offered, ordering: .sequentiallyConsistent)
    wakeIfAsleep()
  }

  // Not inlined: the compiler may move the retaining of the loop down, as far as the end of the function, but not behind the
  // offer, for the thread may be done with the loop at once.
  @inline(never)
  private func keep(_ loop: SharedLoop, worker: Int) {
    unsafe self.loop = loop
    unsafe self.worker = worker
  }

  /// Takes back an offer that the thread has not come to yet.
  func retract() {
    guard isTaken(from: .offered, to: .claimed) else { return }
    unsafe loop = nil
    state.store(.idle, ordering: .releasing)
  }

  /// Gives a thread that has run its last task a moment, microseconds at most, to be idle for the caller's next loop.
  func settle() {
    for _ in 0..<64 where state.load(ordering: .relaxed) == .running { convolution_pause() }
  }

  private func wakeIfAsleep() {
    if isAsleep.exchange(false, ordering: .sequentiallyConsistent) { alarm.signal() }
  }

  // MARK: The thread

  private func isStarted(as scheduling: UInt64) -> Bool {
    self.scheduling.store(scheduling, ordering: .relaxed)
    // Workers are never freed, so the thread need not own its own.
    let isStarted = unsafe convolution_start_thread(
      { context in
        if let context = unsafe context {
          unsafe Unmanaged<WorkerThread>.fromOpaque(context).takeUnretainedValue().serve()
        }
      }, Unmanaged.passUnretained(self).toOpaque())
    if !isStarted { state.store(.absent, ordering: .releasing) }
    return isStarted
  }

  private func serve() {
    while true {
      let hasWork = Spinning.wait(for: Spinning.nanoseconds) { hasMessage }
      if !hasWork {
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        // What came before that store saw a thread awake.
        if hasMessage { wakeIfAsleep() }
        alarm.wait()
      } else if isTaken(from: .offered, to: .running) {
        unsafe loop?.join(worker: worker)
        unsafe loop = nil
        state.store(.idle, ordering: .releasing)
      } else if isTaken(from: .dismissed, to: .absent) {
        return
      }
    }
  }

  private var hasMessage: Bool {
    let state = state.load(ordering: .sequentiallyConsistent)
    return state == .offered || state == .dismissed
  }

  private func forget() {
    // Not released: the fork may have come while another thread was about to.
    unsafe withUnsafeMutablePointer(to: &loop) { unsafe $0.initialize(to: nil) }
    alarm.reset()
    isAsleep.store(false, ordering: .relaxed)
    state.store(.absent, ordering: .relaxed)
  }
}
