public import ArgumentParser
public import Convolution
import Foundation

extension ConvolutionAlgorithm: @retroactive ExpressibleByArgument {}
extension Precision: @retroactive ExpressibleByArgument {}

/// The benchmark itself, and what `make bench-peers` needs.
///
/// It has no options of its own: the parser would take those of a subcommand for its own where the names are the same.
@main
struct Conv2dBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conv2d-bench", abstract: "Times Conv2d and what stands around it.",
    subcommands: [
      Layers.self, Pixels.self, Rates.self, Subnormals.self, Zeros.self, Serve.self, Peak.self, Core.self, Loop.self,
      Sizes.self, Weights.self,
    ], defaultSubcommand: Layers.self)
}

/// The layers of known networks against the plain loops.
struct Layers: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times Conv2d on the layers of known networks, against seven plain loops and the machine's peak.",
    discussion:
      "Checks every result against the plain loops, and exits with 1 when the error of any layer is over its bound.")

  enum ScalarName: String, ExpressibleByArgument, CaseIterable {
    case float, double
  }

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, markdown, json

    var reporter: any Reporter {
      switch self {
      case .table: TextReporter(.table)
      case .markdown: TextReporter(.markdown)
      case .json: JSONReporter()
      }
    }
  }

  @Option(help: "Threads of the layers; all cores by default.")
  var threads: Int?

  @Option(help: "The batch size of every layer, in place of the list's.")
  var batch: Int?

  @Option(help: "Only this list: examples, mixed, training, odd, or a network's name. May be repeated.")
  var network: [String] = []

  @Option(help: "Only layers whose name contains this text. May be repeated.")
  var layer: [String] = []

  @Option(help: "How the layers compute.")
  var algorithm: ConvolutionAlgorithm = .automatic

  @Option(help: "How much accuracy 'automatic' may give for speed.")
  var precision: Precision = .standard

  @Option(help: "The scalar type, of the layers and of the naive loops.")
  var scalar: ScalarName = .float

  @Option(help: "How to print.")
  var format: Format = .table

  @Flag(help: "Measure the three gradients in place of the output; on the training layers unless others are named.")
  var backward = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads expects 1 to 1024") }
    if let batch, batch < 1 { throw ValidationError("--batch expects 1 or more") }
  }

  func run() throws {
    let suites = try selectedSuites()
    let settings = Settings(
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount, algorithm: algorithm, precision: precision,
      isBackward: backward)
    var reporter = format.reporter
    let exceeded =
      switch scalar {
      case .float: try Race<Float>(suites: suites, settings: settings).run(&reporter)
      case .double: try Race<Double>(suites: suites, settings: settings).run(&reporter)
      }
    guard exceeded.isEmpty else {
      FileHandle.standardError.write(Data("error over its bound: \(exceeded.joined(separator: ", "))\n".utf8))
      throw ExitCode.failure
    }
  }

  private func selectedSuites() throws -> [Suite] {
    let catalog = try LayerCatalog()
    var suites = backward ? [catalog.trainingSuite] : catalog.forwardSuites
    if !network.isEmpty { suites = try network.map(catalog.suite) }
    for index in suites.indices {
      if !layer.isEmpty {
        suites[index].layers.removeAll { description in !layer.contains { description.name.contains($0) } }
        suites[index].isNetwork = false
      }
      if let batch {
        for position in suites[index].layers.indices { suites[index].layers[position].batch = batch }
      }
    }
    suites.removeAll { $0.layers.isEmpty }
    if suites.isEmpty { throw ValidationError("no layer has such a name") }
    return suites
  }
}
