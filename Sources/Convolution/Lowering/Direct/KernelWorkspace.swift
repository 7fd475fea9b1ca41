/// One block of workspace for a call of the direct kernels: integer tables, then a part for each worker.
struct KernelWorkspace: Sendable {
  private let tableBytes, workerBytes: Int
  /// Workers that the budget has room for, or one.
  let workers: Int
  /// Whether the tables and one worker stay within the budget.
  let fits: Bool

  init(tableCount: Int, workerBytes: Int, threads: Int) {
    tableBytes = Self.inWholeLines(tableCount * MemoryLayout<Int>.stride)
    self.workerBytes = Self.inWholeLines(workerBytes)
    let most = max(0, Workspace.budget - tableBytes) / self.workerBytes
    fits = most > 0
    workers = max(1, min(threads, most))
  }

  /// Lends `body` the memory of the tables, and of the first worker; each further one's is `workerStride` bytes on.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  @safe func lend(
    _ body: (_ tables: UnsafeMutablePointer<Int>, _ firstWorker: UnsafeMutableRawPointer, _ workerStride: Int) -> Void
  ) throws(ConvolutionError) {
    try Workspace.withScalars(tableBytes + workers * workerBytes, of: UInt8.self) { memory in
      let base = UnsafeMutableRawPointer(memory)
      unsafe body(base.assumingMemoryBound(to: Int.self), base + tableBytes, workerBytes)
    }
  }

  /// Workers do not share cache lines, and vectors are aligned.
  private static func inWholeLines(_ byteCount: Int) -> Int {
    SizeArithmetic.dividingUp(max(byteCount, 1), by: cacheLine) * cacheLine
  }

  private static let cacheLine = 64
}
