/// One block of workspace, a part for each worker.
struct WorkerMemory: Sendable {
  private let bytes: Int
  /// Workers that the budget has room for, or one.
  let workers: Int

  /// - Parameters:
  ///   - bytes: What one worker needs.
  ///   - otherBytes: What the call takes of the budget besides.
  init(bytes: Int, threads: Int, besides otherBytes: Int = 0) {
    self.bytes = Self.inWholeLines(bytes)
    workers = max(1, min(threads, (Workspace.budget - otherBytes) / self.bytes))
  }

  /// Bytes of the block.
  var byteCount: Int { workers * bytes }

  /// Calls `body` with each worker's memory at hand.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  @safe func with(
    _ body: (_ memory: (_ worker: Int) -> UnsafeMutableRawPointer) -> Void
  ) throws(ConvolutionError) {
    try Workspace.withScalars(byteCount, of: UInt8.self) { memory in
      unsafe body { worker in unsafe part(worker, of: UnsafeMutableRawPointer(memory)) }
    }
  }

  /// A worker's memory in a block that starts there.
  @unsafe func part(_ worker: Int, of block: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    unsafe block + worker * bytes
  }

  /// Workers do not share cache lines, and vectors are aligned.
  static func inWholeLines(_ byteCount: Int) -> Int {
    SizeArithmetic.dividingUp(max(byteCount, 1), by: cacheLine) * cacheLine
  }

  private static let cacheLine = 64
}
