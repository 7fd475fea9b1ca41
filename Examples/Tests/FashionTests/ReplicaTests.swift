import Convolution
import Foundation
import Synchronization
import Testing

@testable import FashionTraining

/// Replicas in threads of one process, which come to each exchange by chance.
@Suite struct ReplicaTests {
  /// Where the pieces of all ranks are laid down for each other.
  private final class Table: Sendable {
    private struct State {
      var pieces: [[Float]]
      var present = 0
      var round = 0
      var taken = 0
    }

    private let state: Mutex<State>
    private let count: Int

    init(count: Int) {
      self.count = count
      state = Mutex(State(pieces: Array(repeating: [], count: count)))
    }

    /// Lays down one's own pieces and returns those of all, when all are there.
    func all(with pieces: [Float], of rank: Int) -> [[Float]] {
      // Not before the last round's are taken by all.
      while !state.withLock({ state in
        guard state.taken == 0 else { return false }
        state.pieces[rank] = pieces
        state.present += 1
        return true
      }) { usleep(20) }
      while true {
        let all = state.withLock { state -> [[Float]]? in
          guard state.present == count else { return nil }
          state.taken += 1
          let all = state.pieces
          if state.taken == count { (state.present, state.taken) = (0, 0) }
          return all
        }
        if let all {
          // Nobody lays down for the next round while others take.
          while state.withLock({ $0.taken != 0 }) { usleep(20) }
          return all
        }
        usleep(20)
      }
    }
  }

  private struct ThreadReplica: Replicas {
    let rank, count: Int
    let table: Table
    let lateness: UInt32

    func exchange(_ pieces: [Float]) -> [Float] {
      if lateness > 0 { usleep(.random(in: 0...lateness)) }
      let size = pieces.count / count
      return table.all(with: pieces, of: rank).flatMap { $0[rank * size..<(rank + 1) * size] }
    }

    func gather(_ piece: [Float]) -> [Float] {
      if lateness > 0 { usleep(.random(in: 0...lateness)) }
      return table.all(with: piece, of: rank).flatMap { $0 }
    }
  }

  /// What `body` returns for each of some replicas, each in a thread of its own.
  private func inReplicas<R: Sendable>(
    _ count: Int, lateness: UInt32 = 0, _ body: @escaping @Sendable (ThreadReplica) throws -> R
  ) throws -> [R] {
    let table = Table(count: count)
    let results = Mutex<[Int: Result<R, any Error>]>([:])
    let threads = (0..<count).map { rank in
      Thread {
        let result = Result { try body(ThreadReplica(rank: rank, count: count, table: table, lateness: lateness)) }
        results.withLock { $0[rank] = result }
      }
    }
    for thread in threads { thread.start() }
    while results.withLock({ $0.count < count }) { usleep(1000) }
    return try (0..<count).map { rank in try results.withLock { $0[rank]! }.get() }
  }

  /// 1 + 2⁻²⁴ + 2⁻²⁴ is 1 in this order and more in the other.
  @Test func sumsInTheOrderOfRanks() throws {
    let addends: [[Float]] = [[1, 0x1p-24, 3, 0, 5], [0x1p-24, 0x1p-24, 3, 1, 5], [0x1p-24, 1, 3, 2, 5]]
    for lateness: UInt32 in [0, 2000] {
      let sums = try inReplicas(3, lateness: lateness) { replica in
        var values = addends[replica.rank]
        replica.sum(&values)
        return values
      }
      #expect(sums == Array(repeating: [1, 1 + 0x1p-23, 9, 3, 15], count: 3))
    }
  }

  @Test func partsCoverARange() {
    let table = Table(count: 1)
    for count in 1...7 {
      for range in [0..<0, 3..<5, 10..<74] {
        let parts = (0..<count).map {
          ThreadReplica(rank: $0, count: count, table: table, lateness: 0).part(of: range)
        }
        #expect(parts.flatMap { Array($0) } == Array(range))
      }
    }
  }

  @Test func differencesAreNamed() throws {
    let found = try inReplicas(3) { replica -> [Int] in
      try replica.expectSame(0xFEDC_BA98_7654_3210)
      do throws(ReplicasDiffer) {
        try replica.expectSame(replica.rank == 2 ? 1 << 63 : 0)
        return []
      } catch {
        return error.ranks
      }
    }
    #expect(found == [[2], [2], [2]])
  }

  /// Three replicas, the last batch of two images: one of them sees none of it.
  @Test func learnTheSameBitsWhoeverComesFirst() throws {
    let images = TrainerTests.images
    @Sendable func train(_ replica: ThreadReplica) throws -> [UInt64] {
      var trainer = try Trainer(seed: 5, threads: 1, batchSize: 26, learningRate: 0.05)
      return try (0..<2).map { epoch in
        _ = try trainer.train(on: images, epoch: epoch, of: 2, replicas: replica) { _, _ in }
        return trainer.digest
      }
    }
    let prompt = try inReplicas(3, train)
    let late = try inReplicas(3, lateness: 3000, train)
    #expect(prompt == Array(repeating: prompt[0], count: 3) && late == prompt)
    #expect(prompt[0][0] != prompt[0][1])
  }

  /// As one network would learn, but for rounding.
  @Test func learnAsOneNetworkDoes() throws {
    let images = TrainerTests.images
    @Sendable func losses(_ replicas: some Replicas) throws -> [Double] {
      var trainer = try Trainer(seed: 5, threads: 1, batchSize: 20, learningRate: 0.05)
      let training = try trainer.train(on: images, epoch: 0, of: 1, replicas: replicas) { _, _ in }
      let test = try trainer.evaluate(on: images, replicas: replicas)
      return [training.loss, test.loss, test.accuracy]
    }
    let alone = try losses(OneReplica())
    for together in try inReplicas(2, losses) {
      for (one, other) in zip(alone, together) { #expect(abs(one - other) <= 1e-4) }
    }
  }
}
