import ArgumentParser
import CMPI
import FashionTraining
import Foundation

/// Trains the network of `fashion` in several processes, each of which learns from its part of every batch.
@main
struct FashionMPI: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fashion-mpi", abstract: "Trains a small convolutional network on Fashion-MNIST in several processes.",
    discussion: """
      To be started by mpirun. What goes to standard output is the same in every run with the same seed and number of \
      processes, whatever the threads and whoever comes first; each epoch ends with the weights' digest, which all \
      processes must share.
      """)

  @OptionGroup var options: TrainingOptions

  @Option(help: "Come late to each exchange by up to so many milliseconds, at random: the bits must not change.")
  var lateness = 0

  func validate() throws {
    guard lateness >= 0 else { throw ValidationError("--lateness: expected 0 or more, got \(lateness)") }
  }

  /// What is wrong with options or data is wrong for all: the first rank says it, and ends the others, which wait.
  static func main() {
    cmpi_begin()
    var ranks = Ranks()
    do {
      if ranks.rank > 0 { cmpi_barrier() }
      let command = try parse()
      let images = try command.options.readData()
      if ranks.rank == 0 { cmpi_barrier() }
      ranks.lateness = .milliseconds(command.lateness)
      let cores = ProcessInfo.processInfo.activeProcessorCount / Int(cmpi_ranks_here())
      try command.options.run(on: images, replicas: ranks, cores: cores)
      cmpi_end()
    } catch {
      guard exitCode(for: error).isSuccess else {
        FileHandle.standardError.write(Data("fashion-mpi: rank \(ranks.rank): \(message(for: error))\n".utf8))
        return cmpi_abort(exitCode(for: error).rawValue)
      }
      // --help: all see it, in their turn.
      if ranks.rank == 0 {
        print(fullMessage(for: error))
        cmpi_barrier()
      }
      cmpi_end()
    }
  }
}
