import Synchronization

/// How many threads a call uses where its layer does not say.
enum ThreadLimits {
  /// What quota and environment allow, `.max` where they say nothing.
  struct Known: Equatable {
    var quotaThreads = Int.max
    var environmentThreads = Int.max

    init(quota: ProcessorQuota?, environment: String?) {
      quotaThreads = quota?.threads ?? .max
      environmentThreads = environment.flatMap(ThreadLimits.threads(named:)) ?? .max
    }

    /// The least of these and the cores, at least 1.
    func threads(cores: Int) -> Int { max(1, min(cores, quotaThreads, environmentThreads)) }
  }

  @TaskLocal static var scope: Int?

  /// The range of a number of threads, here as in ``Device/cpu(threads:)``.
  static let range = 1...1024

  /// Read when first needed. Not `static let`: it is read again when asked.
  private static let known = Lock<Known?>(nil)
  private static let knowsQuota = Atomic(false)

  /// Whether a quota holds, as far as has been read.
  static var hasQuota: Bool { knowsQuota.load(ordering: .relaxed) }

  /// The default, without ``scope``.
  static var threads: Int {
    withoutForks {
      known.withLock { known in
        if let known { return known }
        let read = Self.read()
        known = read
        return read
      }
    }.threads(cores: Processor.activeCores)
  }

  /// Reads quota and environment again.
  static func update() {
    withoutForks { known.withLock { $0 = Self.read() } }
  }

  private static func read() -> Known {
    let quota = ProcessorQuota.current(read: SystemText.file)
    knowsQuota.store(quota != nil, ordering: .relaxed)
    return Known(quota: quota, environment: SystemText.environment("CONVOLUTION_THREADS"))
  }

  /// The number that `CONVOLUTION_THREADS` names; `nil` for what is no number or out of range.
  static func threads(named text: String) -> Int? {
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
      let last = text.lastIndex(where: { !$0.isWhitespace }), let threads = Int(text[first...last]),
      range.contains(threads)
    else { return nil }
    return threads
  }
}

/// Calls `body`. Layers that run inside it, in this task and its children, use at most this many threads.
///
/// ```swift
/// let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3)
/// let image = try Tensor<Float>(zeros: [3, 64, 64])
/// let output = try withConvolutionThreads(atMost: 1) { try layer(image) }
/// ```
///
/// It bounds ``Device/cpu`` and ``Device/cpu(threads:)`` alike; of nested bounds the least holds. Results are equal bit for
/// bit for any number of threads.
///
/// - Parameters:
///   - threads: From 1; a number below counts as 1.
///   - body: Called once.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws.
public func withConvolutionThreads<R, E: Error>(atMost threads: Int, _ body: () throws(E) -> R) throws(E) -> R {
  // A task-local value forgets the type of what is thrown.
  let result: Result<R, E> = ThreadLimits.$scope.withValue(min(max(threads, 1), ThreadLimits.scope ?? .max)) {
    do throws(E) { return .success(try body()) } catch { return .failure(error) }
  }
  return try result.get()
}

/// Calls `body`, which is asynchronous. Layers that run inside it, in this task and its children, use at most this many
/// threads.
///
/// ```swift
/// func answer(_ image: Tensor<Float>, by layer: Conv2d<Float>) async throws -> Tensor<Float> {
///   try await withConvolutionThreads(atMost: 1) { try layer(image) }
/// }
/// ```
///
/// - Parameters:
///   - threads: From 1; a number below counts as 1.
///   - isolation: The caller's actor, where `body` runs.
///   - body: Called once.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws.
public func withConvolutionThreads<R, E: Error>(
  atMost threads: Int, isolation: isolated (any Actor)? = #isolation, _ body: () async throws(E) -> R
) async throws(E) -> R {
  let bound = min(max(threads, 1), ThreadLimits.scope ?? .max)
  let result: Result<R, E> = await ThreadLimits.$scope.withValue(bound) {
    do throws(E) { return .success(try await body()) } catch { return .failure(error) }
  }
  return try result.get()
}
