import Convolution
import Testing

@testable import FashionTraining

@Suite struct TrainerTests {
  /// Images of noise whose class is the band of rows that is brighter.
  static let images: DataSet = {
    var generator = SeededGenerator(seed: 3)
    let labels = (0..<80).map { UInt8($0 % DataSet.classes) }
    let pixels = labels.flatMap { label in
      (0..<DataSet.side * DataSet.side).map { pixel in
        UInt8.random(in: 0..<128, using: &generator) + (pixel / DataSet.side / 2 == label ? 120 : 0)
      }
    }
    return DataSet(pixels: pixels, labels: labels)
  }()

  /// The trained network, and its loss before, during and after training.
  private func train(seed: UInt64, threads: Int) throws -> (network: [String: Tensor<Float>], scores: [Double]) {
    var trainer = try Trainer(seed: seed, threads: threads, batchSize: 16, learningRate: 0.05)
    var scores = [try trainer.evaluate(on: Self.images).loss]
    for epoch in 0..<2 {
      scores.append(try trainer.train(on: Self.images, epoch: epoch, of: 2) { _, _ in }.loss)
    }
    scores.append(try trainer.evaluate(on: Self.images).loss)
    return (trainer.network.stateDictionary, scores)
  }

  @Test func learnsTheSameBitsOnAnyNumberOfThreads() throws {
    let one = try train(seed: 5, threads: 1)
    let three = try train(seed: 5, threads: 3)
    #expect(three.network == one.network)
    #expect(three.scores == one.scores)
    #expect(one.scores.last! < one.scores.first! - 0.1)
    #expect(try train(seed: 6, threads: 2).network != one.network)
  }

  @Test func reportsProgress() throws {
    var trainer = try Trainer(seed: 1, threads: 2, batchSize: 35, learningRate: 0.01)
    var seen: [Int] = []
    _ = try trainer.train(on: Self.images, epoch: 0, of: 1) { done, _ in seen.append(done) }
    #expect(seen == [35, 70, 80])
  }
}
