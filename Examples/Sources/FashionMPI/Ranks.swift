import CMPI
import FashionTraining
import Foundation

/// The processes that `mpirun` started, on one machine or several.
struct Ranks: Replicas {
  let rank = Int(cmpi_rank())
  let count = Int(cmpi_ranks())

  /// The longest that this rank is late for an exchange, by chance.
  var lateness: Duration = .zero

  func exchange(_ pieces: [Float]) -> [Float] {
    comeLate()
    var received = [Float](repeating: 0, count: pieces.count)
    var target = received.mutableSpan
    cmpi_exchange(pieces.span, &target)
    return received
  }

  func gather(_ piece: [Float]) -> [Float] {
    comeLate()
    var gathered = [Float](repeating: 0, count: piece.count * count)
    var target = gathered.mutableSpan
    cmpi_gather(piece.span, &target)
    return gathered
  }

  private func comeLate() {
    guard lateness > .zero else { return }
    Thread.sleep(forTimeInterval: .random(in: 0...lateness / .seconds(1)))
  }
}
