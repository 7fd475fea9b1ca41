import ArgumentParser
import Convolution
import Foundation

/// How well operations and algorithm, which a cost names, predict a call's time on this machine.
struct Rates: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time all listed layers on one thread; print the speed of each class that a cost can tell apart.")

  @Option(help: "Only this list: mixed, or a network's name. May be repeated.")
  var network: [String] = []

  @Flag(help: "Print every layer, too.")
  var everyLayer = false

  /// What a call takes beside its operations: seconds.
  private static let start = 3e-6

  private struct Row {
    var layer: LayerDescription
    var operations, seconds: Double

    /// How many times longer the call took than predicted, or shorter.
    func factor(at rate: Double) -> Double {
      let predicted = Rates.start + operations / rate
      return max(seconds / predicted, predicted / seconds)
    }
  }

  func run() throws {
    let catalog = try LayerCatalog()
    var seen: Set<LayerDescription> = []
    let suites = network.isEmpty ? catalog.forwardSuites : try network.map(catalog.suite)
    let layers = suites.flatMap(\.layers).filter { seen.insert($0.geometry).inserted }
    var classes: [String: [Row]] = [:]
    let progress = ProgressBar(total: layers.count)
    for (index, layer) in layers.enumerated() {
      progress.show(index, layer.name)
      let (name, row) = try measure(layer)
      classes[name, default: []].append(row)
    }
    progress.clear()
    print("seconds = \(Self.start) + operations / rate; one thread, float32, the shortest of calls for 0.1 s")
    for (name, rows) in classes.sorted(by: { $0.key < $1.key }) {
      func worst(_ rate: Double) -> Double { rows.map { $0.factor(at: rate) }.max()! }
      // The rate whose worst prediction is the best, in steps of 2 %.
      let rate = (0..<350).map { 1e9 * pow(1.02, Double($0)) }.min { worst($0) < worst($1) }!
      let within = rows.count { $0.factor(at: rate) <= 2 }
      print(
        "\(name): \(number(rate / 1e9)) · 10⁹ operations a second, off by a factor of \(number(worst(rate))) at most;",
        "\(within) of \(rows.count) layers within 2")
      guard everyLayer else { continue }
      for row in rows {
        print("  \(row.layer.name): \(number(row.seconds * 1e6)) µs, factor \(number(row.factor(at: rate)))")
      }
    }
  }

  private func measure(_ description: LayerDescription) throws -> (name: String, row: Row) {
    var generator = SplitMix64(seed: 1)
    var layer = try description.makeLayer(Float.self, using: &generator)
    layer.device = try .cpu(threads: 1)
    let convolution = layer
    let input = try Tensor<Float>.random(shape: description.inputShape, using: &generator)
    var output = try Tensor<Float>(zeros: layer.outputShape(for: input.shape))
    let cost = try layer.cost(for: input.shape)
    let timing = try Stopwatch(seconds: 0.1, fewestRuns: 5).time { try convolution.forward(input, into: &output) }
    return (
      Self.className(cost, of: layer),
      Row(layer: description, operations: Double(cost.operations), seconds: timing.shortest)
    )
  }

  /// What the layer and its cost say beforehand.
  private static func className(_ cost: ConvolutionCost, of layer: Conv2d<Float>) -> String {
    let channels = layer.outputChannels / layer.groups
    let pixels = cost.outputBytes / MemoryLayout<Float>.stride / layer.outputChannels
    return switch cost.algorithm {
    // Depthwise kernels are bound by loads and shuffles, of which a stride needs more; a tile of Winograd's saves less.
    case "depthwise" where layer.stride != 1, "Winograd F(4×4)" where layer.stride != 1: "\(cost.algorithm), strided"
    // Every weight is read once: bound by memory.
    case "implicit GEMM" where pixels < 16: "implicit GEMM, few pixels"
    // What is packed or staged of the input serves few products.
    case "implicit GEMM" where channels < 16: "implicit GEMM, few channels"
    default: cost.algorithm
    }
  }

  private func number(_ value: Double) -> String { String(format: "%.1f", value) }
}
