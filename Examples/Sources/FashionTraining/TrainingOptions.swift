import ArgumentParser
import Convolution
import Foundation
import Progress

/// What both programs are told, and what they do with it.
package struct TrainingOptions: ParsableArguments {
  @Option(help: "How often every training image is shown.")
  var epochs = 8

  @Option(help: "How many threads compute, in each process; every core by default.")
  var threads: Int?

  @Option(help: "The seed of the initial weights and of the images' order.")
  var seed: UInt64 = 1

  @Option(help: "The folder of the data set's four files.")
  var data = "/usr/share/datasets/fashion-mnist"

  @Option(help: "How many images each step learns from.")
  var batchSize = 64

  @Option(help: "The length of the first step; it falls to 0 linearly.")
  var learningRate: Float = 0.05

  package init() {}

  package func validate() throws {
    guard epochs >= 1 else { throw ValidationError("--epochs: expected 1 or more, got \(epochs)") }
    guard batchSize >= 1 else { throw ValidationError("--batch-size: expected 1 or more, got \(batchSize)") }
    guard learningRate >= 0, learningRate.isFinite else {
      throw ValidationError("--learning-rate: expected a finite number of 0 or more, got \(learningRate)")
    }
    do throws(ConvolutionError) {
      if let threads { _ = try Device.cpu(threads: threads) }
    } catch {
      throw ValidationError("--\(error)")
    }
  }

  /// Both halves of the data set.
  package func readData() throws -> (training: DataSet, test: DataSet) {
    (try DataSet(folder: data, part: "train"), try DataSet(folder: data, part: "t10k"))
  }

  /// Trains and prints, on the first of the replicas alone.
  ///
  /// - Parameter cores: Those that this process should compute on where nothing else was asked for.
  package func run(on images: (training: DataSet, test: DataSet), replicas: some Replicas, cores: Int) throws {
    var trainer = try Trainer(
      seed: seed, threads: threads ?? max(cores, 1), batchSize: batchSize, learningRate: learningRate)
    let speaks = replicas.rank == 0
    if speaks { print(trainer.network) }
    var accuracy = 0.0
    for epoch in 0..<epochs {
      let label = "epoch \(epoch + 1)/\(epochs)"
      var bar = ProgressBar(label: label, total: images.training.count)
      let score = try trainer.train(on: images.training, epoch: epoch, of: epochs, replicas: replicas) { done, loss in
        if speaks { bar.show(done: done, note: "loss \(loss.fixed(4))") }
      }
      let testScore = try trainer.evaluate(on: images.test, replicas: replicas)
      let digest = trainer.digest
      try replicas.expectSame(digest)
      accuracy = testScore.accuracy
      guard speaks else { continue }
      bar.finish()
      print(
        "\(label): loss \(score.loss.fixed(4)), accuracy \((100 * score.accuracy).fixed(2)) %;",
        "test loss \(testScore.loss.fixed(4)), accuracy \((100 * accuracy).fixed(2)) %",
        terminator: replicas.count > 1 ? "; weights \(String(digest, radix: 16))\n" : "\n")
      // Where standard output is a pipe, each epoch should be seen when it ends.
      fflush(nil)
    }
    if speaks { print("test accuracy: \((100 * accuracy).fixed(2)) %") }
  }
}
