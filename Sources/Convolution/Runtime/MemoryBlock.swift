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
    AllocationTrial.current?.prepare(allocation)
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

/// Lets a test make the n-th allocation of a task fail, or fill what a task allocates with signalling NaN.
final class AllocationTrial: Sendable {
  @TaskLocal static var current: AllocationTrial?

  private let permitted: Atomic<Int>
  private let poisons: Bool

  /// Permits `count` allocations and refuses the next; those after it are permitted again.
  init(permitting count: Int = .max, poisoning poisons: Bool = false) {
    permitted = Atomic(count)
    self.poisons = poisons
  }

  /// How many allocations are left before the one that fails; negative once it has failed.
  var remaining: Int { permitted.load(ordering: .relaxed) }

  static func permits() -> Bool {
    guard let current else { return true }
    return current.permitted.subtract(1, ordering: .relaxed).oldValue != 0
  }

  /// Fills memory, if that is asked for, with a pattern that is NaN as Float and as Double, and signals as either.
  func prepare(_ allocation: Allocation) {
    guard poisons else { return }
    unsafe allocation.base.initializeMemory(
      as: UInt64.self, repeating: 0x7ff4_0000_7fa0_0000, count: allocation.byteCount / 8)
  }
}
