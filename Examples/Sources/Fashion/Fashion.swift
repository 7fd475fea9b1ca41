import ArgumentParser
import Convolution
import Foundation

/// Trains a small convolutional network on Fashion-MNIST.
@main
struct Fashion: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fashion", abstract: "Trains a small convolutional network on Fashion-MNIST.",
    discussion: "What goes to standard output is the same in every run with the same seed, whatever the threads.")

  @Option(help: "How often every training image is shown.")
  var epochs = 8

  @Option(help: "How many threads compute; every core by default.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "The seed of the initial weights and of the images' order.")
  var seed: UInt64 = 1

  @Option(help: "The folder of the data set's four files.")
  var data = "/usr/share/datasets/fashion-mnist"

  @Option(help: "How many images each step learns from.")
  var batchSize = 64

  @Option(help: "The length of the first step; it falls to 0 linearly.")
  var learningRate: Float = 0.05

  func validate() throws {
    guard epochs >= 1 else { throw ValidationError("--epochs: expected 1 or more, got \(epochs)") }
    guard batchSize >= 1 else { throw ValidationError("--batch-size: expected 1 or more, got \(batchSize)") }
    guard learningRate >= 0, learningRate.isFinite else {
      throw ValidationError("--learning-rate: expected a finite number of 0 or more, got \(learningRate)")
    }
    do throws(ConvolutionError) {
      _ = try Device.cpu(threads: threads)
    } catch {
      throw ValidationError("--\(error)")
    }
  }

  func run() throws {
    let training = try DataSet(folder: data, part: "train")
    let test = try DataSet(folder: data, part: "t10k")
    var trainer = try Trainer(seed: seed, threads: threads, batchSize: batchSize, learningRate: learningRate)
    print(trainer.network)
    var accuracy = 0.0
    for epoch in 0..<epochs {
      let label = "epoch \(epoch + 1)/\(epochs)"
      var bar = ProgressBar(label: label, total: training.count)
      let score = try trainer.train(on: training, epoch: epoch, of: epochs) { bar.show(done: $0, loss: $1) }
      let testScore = try trainer.evaluate(on: test)
      bar.finish()
      accuracy = testScore.accuracy
      print(
        "\(label): loss \(score.loss.fixed(4)), accuracy \((100 * score.accuracy).fixed(2)) %;",
        "test loss \(testScore.loss.fixed(4)), accuracy \((100 * accuracy).fixed(2)) %")
      // Where standard output is a pipe, each epoch should be seen when it ends.
      fflush(nil)
    }
    print("test accuracy: \((100 * accuracy).fixed(2)) %")
  }
}

extension Double {
  /// The number with so many digits after the point, rounded to nearest.
  func fixed(_ digits: Int) -> String {
    String(format: "%.\(digits)f", self)
  }
}
