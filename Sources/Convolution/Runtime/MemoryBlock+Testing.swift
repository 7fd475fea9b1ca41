import Synchronization

/// Lets a test make the n-th allocation of a task fail, fill what a task allocates, and see what it does not give back.
final class AllocationTrial: Sendable {
  @TaskLocal static var current: AllocationTrial?

  private let permitted: Atomic<Int>
  private let poison: UInt64?
  private struct Made {
    weak var block: MemoryBlock?
    var byteCount: Int
  }
  private let made = Lock<(blocks: [Made], peak: Int)>(([], 0))

  /// Permits `count` allocations and refuses the next; those after it are permitted again. Memory is filled with `poison`.
  init(permitting count: Int = .max, poison: UInt64? = nil) {
    permitted = Atomic(count)
    self.poison = poison
  }

  /// How many allocations are left before the one that fails; negative once it has failed.
  var remaining: Int { permitted.load(ordering: .relaxed) }

  /// The blocks that somebody still holds.
  var liveBlocks: Int { made.withLock { $0.blocks.count { $0.block != nil } } }

  /// The most bytes, of those asked for, that were held at a time.
  var peakByteCount: Int { made.withLock { $0.peak } }

  static func permits() -> Bool {
    guard let current else { return true }
    return current.permitted.subtract(1, ordering: .relaxed).oldValue != 0
  }

  func didMake(_ block: MemoryBlock, of allocation: Allocation, holding byteCount: Int) {
    made.withLock { made in
      made.blocks.append(Made(block: block, byteCount: byteCount))
      made.peak = max(made.peak, made.blocks.reduce(0) { $0 + ($1.block == nil ? 0 : $1.byteCount) })
    }
    guard let poison else { return }
    unsafe allocation.base.initializeMemory(as: UInt64.self, repeating: poison, count: allocation.byteCount / 8)
  }
}
