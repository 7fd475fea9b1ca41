import CConvolutionKernels

/// Memory from the system. Large pieces are kept for a while when they are recycled: fresh memory costs a page fault
/// every 4 KiB, which takes longer than many a layer computes.
@safe struct Allocation: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  /// The most that is kept: 64 MiB.
  static let keptByteCount = 64 << 20

  /// Pieces below this size are left to the system's own allocator, which keeps them anyway.
  private static let smallestKept = 64 << 10
  private static let cacheLine = 64
  private static let hugePage = 2 << 20

  /// What has been recycled, oldest first.
  private static let idle = Lock<[Allocation]>([])

  /// At least `byteCount` bytes, uninitialised; `nil` when the system refuses.
  init?(holding byteCount: Int) {
    if let kept = Self.reuse(byteCount) {
      self = kept
      return
    }
    let isHuge = byteCount >= 2 * Self.hugePage
    var pointer = unsafe convolution_allocate(byteCount, isHuge ? Self.hugePage : Self.cacheLine)
    if unsafe pointer == nil {
      Self.releaseIdle()
      unsafe pointer = convolution_allocate(byteCount, Self.cacheLine)
    }
    guard let base = unsafe pointer else { return nil }
    // Only whole huge pages become one: no more memory is resident than was asked for. A refusal costs time, not results.
    if isHuge { unsafe convolution_advise_large_pages(base, byteCount / Self.hugePage * Self.hugePage) }
    unsafe self.base = base
    self.byteCount = byteCount
  }

  /// Keeps the memory for the next that asks, or frees it; the longest kept goes first.
  func recycle() {
    guard byteCount >= Self.smallestKept, byteCount <= Self.keptByteCount else { return free() }
    let surplus = Self.idle.withLock { idle in
      idle.append(self)
      var total = idle.reduce(0) { $0 + $1.byteCount }
      var surplus = 0
      while total > Self.keptByteCount {
        total -= idle[surplus].byteCount
        surplus += 1
      }
      defer { idle.removeFirst(surplus) }
      return Array(idle.prefix(surplus))
    }
    for allocation in surplus { allocation.free() }
  }

  /// Frees everything that is kept.
  static func releaseIdle() {
    let released = idle.withLock { idle in
      defer { idle = [] }
      return idle
    }
    for allocation in released { allocation.free() }
  }

  /// The smallest kept piece that is large enough and not much larger.
  private static func reuse(_ byteCount: Int) -> Allocation? {
    guard byteCount >= smallestKept, byteCount <= keptByteCount else { return nil }
    return idle.withLock { idle in
      let fitting = idle.indices.filter { (byteCount...byteCount + byteCount / 4).contains(idle[$0].byteCount) }
      return fitting.min { idle[$0].byteCount < idle[$1].byteCount }.map { idle.remove(at: $0) }
    }
  }

  private func free() {
    unsafe convolution_free(base, byteCount)
  }
}
