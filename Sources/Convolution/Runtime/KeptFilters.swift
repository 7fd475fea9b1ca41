/// What was derived from one weight: packed or transformed filters, by key.
///
/// It knows no algorithm. A ``Parameter`` holds one, shares it with its copies, and replaces it when its value changes;
/// so an entry, once made, is never wrong and never altered.
final class KeptFilters: Sendable {
  /// Which packing an entry is: the algorithm that made it, and the numbers its layout depends on.
  struct Key: Hashable, Sendable {
    var algorithm: String
    var layout: [Int]
  }

  private let entries = Lock<[Key: MemoryBlock]>([:])
  private let finite = Lock<Bool?>(nil)

  /// The entry for `key`, made by `make` when it is not there yet. Threads that ask at the same time wait for one maker.
  func entry(
    for key: Key, make: () throws(ConvolutionError) -> MemoryBlock
  ) throws(ConvolutionError) -> MemoryBlock {
    try entries.withLock { entries throws(ConvolutionError) in
      if let entry = entries[key] { return entry }
      let entry = try make()
      entries[key] = entry
      return entry
    }
  }

  /// Whether every scalar of the weight is finite, found out by `examine` once.
  func isFinite(examine: () -> Bool) -> Bool {
    finite.withLock { finite in
      if let finite { return finite }
      let answer = examine()
      finite = answer
      return answer
    }
  }

  /// The bytes that are kept.
  var byteCount: Int {
    entries.withLock { $0.values.reduce(0) { $0 + $1.byteCount } }
  }
}
