/// Bytes aligned to a cache line, owned by one object and recycled with it.
///
/// All memory of tensors, workspaces and kept filters comes from here, so that memory which cannot be allocated is an error in
/// one place.
@safe final class MemoryBlock: @unchecked Sendable {
  private let allocation: Allocation

  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` when the system refuses.
  init(byteCount: Int) throws(ConvolutionError) {
    guard AllocationTrial.permits(), let allocation = Allocation(holding: byteCount) else {
      throw .outOfMemory(byteCount: byteCount)
    }
    self.allocation = allocation
    AllocationTrial.current?.didMake(self, of: allocation, holding: byteCount)
  }

  /// A block for `count` scalars.
  ///
  /// - Throws: ``ConvolutionError/sizeOverflow(name:operands:)`` when their bytes cannot be counted in 64 bits, or
  ///   ``ConvolutionError/outOfMemory(byteCount:)``.
  convenience init<Scalar>(count: Int, of type: Scalar.Type) throws(ConvolutionError) {
    try self.init(byteCount: SizeArithmetic.byteCount(of: [count], type, name: "memory"))
  }

  deinit {
    allocation.recycle()
  }

  /// How many bytes the block holds, at least as many as were asked for.
  var byteCount: Int { allocation.byteCount }

  /// The block's start, as scalars. The pointer must not outlive the block.
  @unsafe func pointer<Scalar: BitwiseCopyable>(to type: Scalar.Type) -> UnsafeMutablePointer<Scalar> {
    unsafe allocation.base.assumingMemoryBound(to: type)
  }
}
