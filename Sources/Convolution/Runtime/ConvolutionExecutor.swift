import CConvolutionKernels

/// Threads for tasks that compute, beside the few that all of Swift's concurrency shares.
///
/// A layer computes on the thread that calls it until it is done. Where as many tasks call layers as there are cores, no
/// thread of the cooperative pool is left for those that would answer a request or see a timer. Tasks that prefer this
/// executor, and their children, run on threads of its own:
///
/// ```swift
/// func answer(_ image: Tensor<Float>, by network: Sequential<Float>) async throws -> Tensor<Float> {
///   try await withTaskExecutorPreference(ConvolutionExecutor.shared) {
///     try network(image)
///   }
/// }
/// ```
///
/// It has as many threads as ``Device/cpu`` computes on by default, started when first needed and kept; what waits for one
/// is run in order of arrival, whatever its priority. They take no signals. A function of an actor runs on the actor's
/// executor where the actor has one of its own, and here otherwise.
///
/// Results are equal bit for bit on any thread. A child of `fork` has none of the parent's waiting tasks, and starts threads
/// of its own.
public final class ConvolutionExecutor: TaskExecutor {
  /// The only instance.
  public static let shared = ConvolutionExecutor()

  private struct State {
    /// What waits, first to last, behind `next` that have been taken.
    var jobs: [UnownedJob] = []
    var next = 0
    /// Threads that were started, and those of them that wait for a job.
    var threads = 0
    var idle = 0

    var isEmpty: Bool { next == jobs.count }

    mutating func append(_ job: UnownedJob) {
      if next > 32, next > jobs.count / 2 {
        jobs.removeFirst(next)
        next = 0
      }
      jobs.append(job)
    }

    mutating func takeFirst() -> UnownedJob? {
      guard !isEmpty else { return nil }
      next += 1
      return jobs[next - 1]
    }
  }

  private let state = Lock(State())
  private let alarm = Semaphore()

  private init() {}

  /// The threads of a child stayed behind in the parent. Registered once `shared` is there: a child must not make it.
  private static let isReadyForForks: Bool = convolution_on_fork_in_child {
    ConvolutionExecutor.shared.forget()
  }

  private enum Action { case wake, start, wait }

  /// Runs a job on one of the executor's threads; Swift calls this for each piece of a task. If the system cannot start
  /// even one thread, the job runs at once on the calling thread.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let mostThreads = ThreadLimits.threads
    _ = Self.isReadyForForks
    let action: Action = state.withLock { state in
      state.append(job)
      if state.idle > 0 {
        state.idle -= 1
        return .wake
      }
      guard state.threads < mostThreads else { return .wait }
      state.threads += 1
      return .start
    }
    switch action {
    case .wake: alarm.signal()
    case .start: start()
    case .wait: break
    }
  }

  private func start() {
    // The executor is never freed, so the thread need not own it.
    let isStarted = unsafe convolution_start_thread(
      { context in
        if let context = unsafe context {
          unsafe Unmanaged<ConvolutionExecutor>.fromOpaque(context).takeUnretainedValue().serve()
        }
      }, Unmanaged.passUnretained(self).toOpaque())
    guard !isStarted else { return }
    let isAlone = state.withLock { state in
      state.threads -= 1
      return state.threads == 0
    }
    while isAlone, let job = state.withLock({ $0.takeFirst() }) {
      unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }

  private func serve() {
    let executor = unsafe asUnownedTaskExecutor()
    while true {
      let job = state.withLock { state -> UnownedJob? in
        let job = state.takeFirst()
        if job == nil { state.idle += 1 }
        return job
      }
      // Whoever takes a thread from the idle ones wakes one.
      if let job { unsafe job.runSynchronously(on: executor) } else { alarm.wait() }
    }
  }

  private func forget() {
    // A signal's handler that forks may have interrupted this thread while it held the lock.
    guard !convolution_postpones_forks() else { return }
    alarm.reset()
    state.withLock { $0 = State() }
  }
}
