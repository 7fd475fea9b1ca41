/// Copies of one network that learn from one batch, each from its part.
package protocol Replicas {
  /// Which of them this one is, counted from 0.
  var rank: Int { get }
  /// How many there are.
  var count: Int { get }

  /// Sends the i-th of `count` equal pieces to replica i, and returns what each had for this one, in the order of ranks.
  func exchange(_ pieces: [Float]) -> [Float]

  /// The pieces of all, which are of one size, in the order of ranks.
  func gather(_ piece: [Float]) -> [Float]
}

/// Replicas that should hold the same weights and do not.
package struct ReplicasDiffer: Error, CustomStringConvertible {
  package let ranks: [Int]
  package var description: String { "the weights of ranks \(ranks) differ from those of rank 0" }
}

extension Replicas {
  /// This replica's part of a range: the parts of all cover it, in the order of ranks.
  func part(of range: Range<Int>) -> Range<Int> {
    range.lowerBound + range.count * rank / count..<range.lowerBound + range.count * (rank + 1) / count
  }

  /// Sums over the replicas, equal bit for bit on all of them.
  ///
  /// The two halves of an Allreduce, with the additions between them: each replica adds up one piece, in the order of ranks
  /// whoever came first, and all get all sums. Each sends 2 · (count − 1) / count of its values, as little as can be. An
  /// `MPI_Allreduce` would leave the order of the additions to MPI, which need not be the same one each time.
  package func sum(_ values: inout [Float]) {
    guard count > 1, !values.isEmpty else { return }
    let size = (values.count + count - 1) / count
    let pieces = values + [Float](repeating: 0, count: size * count - values.count)
    let addends = exchange(pieces)
    var sums = Array(addends[..<size])
    for replica in 1..<count {
      for index in 0..<size { sums[index] += addends[replica * size + index] }
    }
    values = Array(gather(sums)[..<values.count])
  }

  /// Sees that all replicas hold the same number.
  package func expectSame(_ digest: UInt64) throws(ReplicasDiffer) {
    // In pieces of 16 bits, which a Float holds exactly.
    let pieces = stride(from: 0, to: 64, by: 16).map { Float(digest >> $0 & 0xFFFF) }
    let all = gather(pieces)
    let others = (1..<max(count, 1)).filter { Array(all[4 * $0..<4 * ($0 + 1)]) != Array(all[..<4]) }
    if !others.isEmpty { throw ReplicasDiffer(ranks: others) }
  }
}

/// A network that learns alone.
package struct OneReplica: Replicas {
  package init() {}
  package var rank: Int { 0 }
  package var count: Int { 1 }
  package func exchange(_ pieces: [Float]) -> [Float] { pieces }
  package func gather(_ piece: [Float]) -> [Float] { piece }
}
