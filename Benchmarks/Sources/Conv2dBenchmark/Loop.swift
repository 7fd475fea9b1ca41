import ArgumentParser
import Convolution
import Foundation

/// The racer of `Benchmarks/serving/latency.py`: the convolutions of a network, over and over, each pass timed by itself.
struct Loop: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a network's convolutions over and over; print each pass's time.", shouldDisplay: false)

  @Option(help: "A network's name.")
  var network = "MobileNetV2"

  @Option(help: "Threads of the layers; what affinity, quota and CONVOLUTION_THREADS allow by default.")
  var threads: Int?

  @Option(help: "How long.")
  var seconds = 8.0

  private struct Report: Encodable {
    var engine = "swift-convolution"
    /// Seconds of each pass but the first, which derives the filters.
    var passes: [Double]
  }

  func run() throws {
    let suite = try LayerCatalog().suite(network)
    var generator = SplitMix64(seed: 1)
    var calls: [() throws -> Void] = []
    for description in suite.layers {
      var layer = try description.makeLayer(Float.self, using: &generator)
      if let threads { layer.device = try .cpu(threads: threads) }
      let input = try Tensor<Float>.random(shape: description.inputShape, using: &generator)
      var output = try Tensor<Float>(zeros: layer.outputShape(for: input.shape))
      let convolution = layer
      for _ in 0..<(description.times ?? 1) { calls.append { try convolution.forward(input, into: &output) } }
    }
    func pass() throws { for call in calls { try call() } }
    try pass()
    var report = Report(passes: [])
    let start = ContinuousClock.now
    while start.duration(to: .now) < .seconds(seconds) { report.passes.append(try Stopwatch.seconds(pass)) }
    FileHandle.standardOutput.write(try JSONEncoder().encode(report) + Data("\n".utf8))
  }
}
