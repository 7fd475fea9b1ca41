/// What was derived from one weight: packed or transformed filters, whether it is finite, and the plan of its last call.
///
/// A ``Parameter`` holds one, shares it with its copies, and replaces it when its value changes; so an entry, once made, is
/// never wrong and never altered. The two forms used last are kept for the forward pass, and two for the gradient of the
/// input.
final class DerivedWeights: Sendable {
  /// Which form an entry is: the algorithm that made it, and the numbers its layout depends on.
  struct Key: Hashable, Sendable {
    var use: Use
    var algorithm: String
    var layout: [Int]
  }

  enum Use: Sendable {
    case forward, inputGradient
    /// Small tables of what the weight is like, which are all kept.
    case properties
  }

  /// Forms kept for either direction.
  static let keptForms = 2

  /// The one used last at the end.
  private let entries = Lock<[(key: Key, block: MemoryBlock)]>([])
  private let finite = Lock<Bool?>(nil)
  /// Forms that were asked for, kept or not.
  private let used = Lock<Set<Key>>([])
  private let lastPlan = Lock<CallPlan?>(nil)

  /// The entry for `key`, made by `make` when it is not there. Threads that ask at the same time wait for one maker.
  func entry(
    for key: Key, make: () throws(ConvolutionError) -> MemoryBlock
  ) throws(ConvolutionError) -> MemoryBlock {
    try entries.withLock { entries throws(ConvolutionError) in
      if let index = entries.firstIndex(where: { $0.key == key }) {
        if index < entries.count - 1 { entries.append(entries.remove(at: index)) }
        return entries[entries.count - 1].block
      }
      let block = try make()
      let alike = entries.indices.filter { entries[$0].key.use == key.use }
      if alike.count >= Self.keptForms, key.use != .properties { entries.remove(at: alike[0]) }
      entries.append((key, block))
      return block
    }
  }

  /// Whether this has not been asked of `key` before.
  func isFirstUse(of key: Key) -> Bool { used.withLock { $0.insert(key).inserted } }

  /// Whether every scalar of the weight is finite, found out once.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func isFinite<Scalar: ConvolutionScalar>(_ weight: UnsafePointer<Scalar>, count: Int) -> Bool {
    finite.withLock { finite in
      if let finite { return finite }
      let answer = unsafe UnsafeBufferPointer(start: weight, count: count).isFinite
      finite = answer
      return answer
    }
  }

  /// The plan of the last call if that was alike, or the one that `make` makes.
  func plan(
    for call: CallPlan.Key, make: () throws(ConvolutionError) -> CallPlan
  ) throws(ConvolutionError) -> CallPlan {
    if let plan = lastPlan.withLock({ $0 }), plan.key == call { return plan }
    let plan = try make()
    lastPlan.withLock { $0 = plan }
    return plan
  }

  /// The bytes that are kept.
  var byteCount: Int {
    entries.withLock { $0.reduce(0) { $0 + $1.block.byteCount } }
  }
}

extension DerivedWeights {
  /// Filters made by panels of output channels, on several threads.
  ///
  /// - Parameters:
  ///   - count: Scalars of all panels.
  ///   - panels: How many panels there are.
  ///   - pack: Writes one panel; receives the first scalar of all.
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``, or
  ///   ``ConvolutionError/sizeOverflow(name:operands:)`` where the scalars cannot be counted in 64 bits.
  func panels<Scalar: ConvolutionScalar>(
    for key: Key, count: () throws(ConvolutionError) -> Int, panels: Int, threads: Int,
    pack: (_ panel: Int, _ target: UnsafeMutablePointer<Scalar>) -> Void
  ) throws(ConvolutionError) -> MemoryBlock {
    try entry(for: key) { () throws(ConvolutionError) in
      let block = try MemoryBlock(count: count(), of: Scalar.self)
      let target = unsafe block.pointer(to: Scalar.self)
      Parallel.forEach(panels, threads: threads) { panel, _ in unsafe pack(panel, target) }
      return block
    }
  }
}
