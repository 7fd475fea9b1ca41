import Synchronization

/// Bytes aligned to a cache line, owned by one object and given back with it.
///
/// All memory of tensors, workspaces and kept filters comes from here, so that memory which cannot be had is an error in
/// one place.
@safe final class MemoryBlock: @unchecked Sendable {
  private let allocation: Allocation

  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` when the system refuses.
  init(byteCount: Int) throws(ConvolutionError) {
    guard AllocationTrial.permits(), let allocation = Allocation(holding: byteCount) else {
      throw .outOfMemory(byteCount: byteCount)
    }
    self.allocation = allocation
  }

  /// A block for `count` scalars.
  ///
  /// - Throws: ``ConvolutionError/sizeOverflow(name:operands:)`` when their bytes cannot be counted in 64 bits, or
  ///   ``ConvolutionError/outOfMemory(byteCount:)``.
  convenience init<Scalar>(count: Int, of type: Scalar.Type) throws(ConvolutionError) {
    let stride = MemoryLayout<Scalar>.stride
    try self.init(byteCount: SizeArithmetic.product([count, stride], name: "bytes of memory"))
  }

  deinit {
    allocation.giveBack()
  }

  /// How many bytes the block holds, at least as many as were asked for.
  var byteCount: Int { allocation.byteCount }

  /// The block's start, as scalars. The pointer must not outlive the block.
  @unsafe func pointer<Scalar: BitwiseCopyable>(to type: Scalar.Type) -> UnsafeMutablePointer<Scalar> {
    unsafe allocation.base.assumingMemoryBound(to: type)
  }
}

/// Lets a test make the n-th allocation of a task fail.
final class AllocationTrial: Sendable {
  @TaskLocal static var current: AllocationTrial?

  private let permitted: Atomic<Int>

  /// Permits `count` allocations and refuses the next; those after it are permitted again.
  init(permitting count: Int) {
    permitted = Atomic(count)
  }

  /// How many allocations are left before the one that fails; negative once it has failed.
  var remaining: Int { permitted.load(ordering: .relaxed) }

  static func permits() -> Bool {
    guard let current else { return true }
    return current.permitted.subtract(1, ordering: .relaxed).oldValue != 0
  }
}
