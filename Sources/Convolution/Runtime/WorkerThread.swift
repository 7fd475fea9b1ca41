private import Glibc
import Synchronization

/// A thread that helps callers with their loops, one at a time.
///
/// After a loop it stays awake for a millisecond, as the next layer of a network comes within microseconds while waking
/// a thread takes tens of them: with Dispatch's `concurrentPerform` a layer of 0.1 ms gained nothing from a second
/// thread. Then it sleeps. All callers share the workers, one fewer than the process has cores and started when first
/// needed. A caller that finds them busy does its tasks alone, and one that has run out of tasks does not wait for a
/// worker that is still waking up.
final class WorkerThread: Sendable {
  private enum State: UInt8, AtomicRepresentable {
    /// Not running; it never was, or its thread stayed behind in the parent of a fork.
    case absent
    case idle
    /// From here on the worker is one caller's, until that makes it idle again.
    case claimed
    case offered
    case running
    case finished
  }

  /// On a machine with few cores still some, for those who ask for them.
  private static let all = (0..<max(3, Processor.activeCores - 1)).map { _ in WorkerThread() }

  /// A child has the forking thread alone, whose calls have all returned. Nothing is to be forgotten before `all` is
  /// there, and a child must not be the one to make it.
  private static let isReadyForForks: Bool = {
    let workers = all.count
    return pthread_atfork(nil, nil, { for worker in WorkerThread.all { worker.forget() } }) == 0 && workers > 0
  }()

  private let state = Atomic(State.absent)
  private let isAsleep = Atomic(false)
  /// Written by the caller before it offers, read by the thread while it runs.
  private nonisolated(unsafe) var loop: SharedLoop?
  private nonisolated(unsafe) var worker = 0
  private let alarm = Semaphore()

  private init() {}

  /// Up to `count` workers, each to be offered a loop and then released.
  static func claim(_ count: Int) -> [WorkerThread] {
    var claimed: [WorkerThread] = []
    guard isReadyForForks else { return claimed }
    for worker in all where claimed.count < count && worker.isClaimed() { claimed.append(worker) }
    return claimed
  }

  private func isClaimed() -> Bool {
    switch state.load(ordering: .relaxed) {
    case .idle: isTaken(from: .idle, to: .claimed)
    case .absent: isTaken(from: .absent, to: .claimed) && isStarted()
    default: false
    }
  }

  private func isTaken(from old: State, to new: State) -> Bool {
    state.compareExchange(expected: old, desired: new, ordering: .sequentiallyConsistent).exchanged
  }

  /// Lets the thread join `loop` as number `worker`.
  func offer(_ loop: SharedLoop, worker: Int) {
    unsafe self.loop = loop
    unsafe self.worker = worker
    state.store(.offered, ordering: .sequentiallyConsistent)
    wakeIfAsleep()
  }

  /// Takes the offer back, or waits until the thread has ended what it took on.
  func release() {
    if !isTaken(from: .offered, to: .claimed) {
      while !Spinning.wait(until: { state.load(ordering: .acquiring) == .finished }) {
        // A task that takes long, or a thread whose core is taken: let others have this one.
        usleep(50)
      }
    }
    unsafe loop = nil
    state.store(.idle, ordering: .releasing)
  }

  private func wakeIfAsleep() {
    if isAsleep.exchange(false, ordering: .sequentiallyConsistent) { alarm.signal() }
  }

  // MARK: The thread

  private func isStarted() -> Bool {
    // A program's signals are not for this thread.
    var every = sigset_t()
    var callers = sigset_t()
    var thread = pthread_t()
    unsafe sigfillset(&every)
    unsafe pthread_sigmask(SIG_SETMASK, &every, &callers)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &callers, nil) }
    let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
      if let context = unsafe context {
        unsafe Unmanaged<WorkerThread>.fromOpaque(context).takeUnretainedValue().serve()
      }
      return nil
    }
    // Workers are never freed, so the thread need not own its own.
    guard unsafe pthread_create(&thread, nil, body, Unmanaged.passUnretained(self).toOpaque()) == 0 else {
      state.store(.absent, ordering: .releasing)
      return false
    }
    pthread_detach(thread)
    return true
  }

  private func serve() -> Never {
    while true {
      if Spinning.wait(until: { state.load(ordering: .relaxed) == .offered }) {
        runOffered()
      } else {
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        // An offer made before that store saw a thread awake.
        if state.load(ordering: .sequentiallyConsistent) == .offered { wakeIfAsleep() }
        alarm.wait()
      }
    }
  }

  private func runOffered() {
    guard isTaken(from: .offered, to: .running) else { return }
    unsafe loop?.join(worker: worker)
    state.store(.finished, ordering: .releasing)
  }

  private func forget() {
    // Not released: the fork may have come while another thread was about to.
    unsafe withUnsafeMutablePointer(to: &loop) { unsafe $0.initialize(to: nil) }
    alarm.reset()
    isAsleep.store(false, ordering: .relaxed)
    state.store(.absent, ordering: .relaxed)
  }
}
