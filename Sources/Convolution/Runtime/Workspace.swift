/// Memory that a call needs only while it runs. What is recycled is kept for the next call (``Allocation``), so that a
/// steady stream of calls asks the system for nothing.
package enum Workspace {
  /// The most that one call takes: 64 MiB.
  static let budget = 64 << 20

  /// Gives back to the system what is kept for the next call: after work that will not come again.
  package static func releaseIdle() { Allocation.releaseIdle() }

  /// Calls `body` with memory for `count` scalars, uninitialised and aligned to 64 bytes.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``, or what `body` throws.
  @safe package static func withScalars<Scalar: BitwiseCopyable, R>(
    _ count: Int, of type: Scalar.Type, _ body: (UnsafeMutablePointer<Scalar>) throws(ConvolutionError) -> R
  ) throws(ConvolutionError) -> R {
    let block = try MemoryBlock(count: count, of: type)
    defer { extendLifetime(block) }
    return unsafe try body(block.pointer(to: type))
  }
}
