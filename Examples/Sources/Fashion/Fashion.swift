import ArgumentParser
import FashionTraining
import Foundation

/// Trains a small convolutional network on Fashion-MNIST.
@main
struct Fashion: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fashion", abstract: "Trains a small convolutional network on Fashion-MNIST.",
    discussion: "What goes to standard output is the same in every run with the same seed, whatever the threads.")

  @OptionGroup var options: TrainingOptions

  func run() throws {
    try options.run(
      on: options.readData(), replicas: OneReplica(), cores: ProcessInfo.processInfo.activeProcessorCount)
  }
}
