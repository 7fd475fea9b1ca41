import Synchronization

/// Memory that a call needs only while it runs, kept between calls so that a steady stream of them allocates nothing.
enum Workspace {
  /// The most that one call takes, and the most that is kept between calls: 64 MiB.
  static let budget = 64 << 20

  private static let idle = Mutex<[MemoryBlock]>([])

  /// Lends `body` room for `count` scalars, uninitialised and aligned to 64 bytes.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``, or what `body` throws.
  @safe static func withScalars<Scalar: BitwiseCopyable, R>(
    _ count: Int, of type: Scalar.Type, _ body: (UnsafeMutablePointer<Scalar>) throws(ConvolutionError) -> R
  ) throws(ConvolutionError) -> R {
    let block = try take(SizeArithmetic.product([count, MemoryLayout<Scalar>.stride], name: "bytes of workspace"))
    defer { giveBack(block) }
    return unsafe try body(block.pointer(to: type))
  }

  /// The smallest idle block that holds `byteCount` bytes, or a new one. When none is large enough the idle ones are
  /// freed first, so that what is kept and what is new never add up.
  private static func take(_ byteCount: Int) throws(ConvolutionError) -> MemoryBlock {
    let kept: MemoryBlock? = idle.withLock { blocks in
      let fitting = blocks.indices.filter { blocks[$0].byteCount >= byteCount }
      guard let best = fitting.min(by: { blocks[$0].byteCount < blocks[$1].byteCount }) else {
        blocks = []
        return nil
      }
      return blocks.remove(at: best)
    }
    if let kept { return kept }
    return try MemoryBlock(byteCount: byteCount)
  }

  private static func giveBack(_ block: MemoryBlock) {
    idle.withLock { blocks in
      let total = blocks.reduce(block.byteCount) { $0 + $1.byteCount }
      if total <= budget { blocks.append(block) }
    }
  }

  /// Frees what is kept between calls.
  static func releaseIdle() {
    idle.withLock { $0 = [] }
  }
}
