import ArgumentParser
import Convolution
import ConvolutionLayers
import Foundation

/// One racer of `make bench-peers`: times a layer whenever it is its turn.
///
/// After a ``Greeting``, each line of standard input is a ``Turn`` and each line of standard output the ``Answer`` to it.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time layers on request, one JSON object a line.", shouldDisplay: false)

  struct Turn: Decodable {
    var layer: RacedLayer
    /// One of the greeting's for this kind of layer.
    var variant: String
    var threads: Int
    var phase: Phase
    /// `float` or `double`.
    var scalar: String
    var seconds: Double
  }

  /// A convolution, what stands around it in a network, or a whole network.
  enum RacedLayer: Decodable, Equatable {
    case convolution(LayerDescription)
    case module(ModuleDescription)
    case network(WholeNetwork)

    private enum Key: CodingKey {
      case module, network
    }

    init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: Key.self)
      self =
        try keys.contains(.module)
        ? .module(ModuleDescription(from: decoder))
        : keys.contains(.network)
          ? .network(WholeNetwork(from: decoder)) : .convolution(LayerDescription(from: decoder))
    }
  }

  enum Phase: String, Decodable {
    case forward
    /// The gradient of the input alone.
    case input
    /// The gradient of the weight alone.
    case weight
    /// The three gradients.
    case backward
    /// Forward and backward with a weight that has changed, as it has in each step of training: nothing kept serves.
    case step
  }

  struct Answer: Encodable {
    /// The first call's time, where this turn made it; of a network, how long it took to prepare as well.
    var first, preparation: Double?
    var median: Double?
    var runs: Int?
    /// Between a network's output and what is expected, where the largest number expected is 1.
    var difference: Double?
    /// Why the layer cannot be computed.
    var unavailable: String?
  }

  /// The first line of standard output.
  private struct Greeting: Encodable {
    var engine: String
    var variants = [
      "convolution": ["standard", "strict", "im2col"], "module": ["standard"], "network": ["standard"],
    ]
    var scalars = ["float", "double"]
    var backward = true
    var machine = MachineDescription()
  }

  func run() throws {
    let machine = MachineDescription()
    let engine = "Conv2d on OpenBLAS \(machine.openBLASVersion), core \(machine.openBLASCore), \(machine.coreOrigin)"
    try send(Greeting(engine: engine))
    var prepared: [String: PreparedLayer] = [:]
    var current: RacedLayer?
    while let line = readLine() {
      let turn = try JSONDecoder().decode(Turn.self, from: Data(line.utf8))
      if current != turn.layer { prepared = [:] }
      current = turn.layer
      let key = "\(turn.variant) \(turn.phase) \(turn.scalar)"
      let answer: Answer
      do {
        let call = try prepared[key] ?? PreparedLayer(turn)
        prepared[key] = call
        let timing = try Stopwatch(seconds: turn.seconds, fewestRuns: 1).time(call.body)
        answer = Answer(
          first: call.isFresh ? timing.first : nil, preparation: call.isFresh ? call.preparation : nil,
          median: timing.median, runs: timing.runs, difference: call.isFresh ? call.difference?() : nil)
        prepared[key]?.isFresh = false
      } catch let error as ConvolutionError {
        answer = Answer(unavailable: "\(error)")
      }
      try send(answer)
    }
  }

  private func send(_ message: some Encodable) throws {
    FileHandle.standardOutput.write(try JSONEncoder().encode(message) + Data("\n".utf8))
  }
}

/// A layer with its operands, kept from turn to turn as its rivals keep theirs.
private struct PreparedLayer {
  let body: () throws -> Void
  var preparation: Double?
  var difference: (() -> Double)?
  var isFresh = true

  init(_ turn: Serve.Turn) throws {
    switch turn.layer {
    case .module(let description): try self.init(description, threads: turn.threads)
    case .network(let description): try self.init(description, threads: turn.threads)
    case .convolution(let description):
      try self = turn.scalar == "double" ? Self(description, turn, Double.self) : Self(description, turn, Float.self)
    }
  }

  /// The forward pass of a layer that is no convolution, into a tensor of its own.
  private init(_ description: ModuleDescription, threads: Int) throws {
    var generator = SplitMix64(seed: 1)
    let input = try Tensor<Float>.random(shape: description.inputShape, using: &generator)
    if let layer = try description.make(threads: threads, using: &generator) {
      body = { _ = try layer(input) }
    } else {
      body = {
        var copy = input
        _ = copy.mutableSpan
      }
    }
  }

  /// A prepared network.
  private init(_ description: WholeNetwork, threads: Int) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let (network, input, expected) = try description.prepared(threads: threads)
    preparation = start.duration(to: clock.now) / .seconds(1)
    var output = try Tensor<Float>(zeros: expected.shape)
    body = { try network.forward(input, into: &output) }
    difference = {
      zip(output.scalars, expected.scalars).reduce(0) { max($0, Double(abs($1.0 - $1.1))) }
        / expected.scalars.reduce(0) { max($0, Double(abs($1))) }
    }
  }

  private init<Scalar: ConvolutionScalar>(
    _ description: LayerDescription, _ turn: Serve.Turn, _ scalar: Scalar.Type
  ) throws {
    var generator = SplitMix64(seed: 1)
    var layer = try description.makeLayer(Scalar.self, using: &generator)
    layer.device = try .cpu(threads: turn.threads)
    switch turn.variant {
    case "standard": layer.precision = .standard
    case "strict": layer.precision = .strict
    case let name: layer.algorithm = ConvolutionAlgorithm(rawValue: name) ?? .automatic
    }
    let input = try Tensor<Scalar>.random(shape: description.inputShape, using: &generator)
    var output = try Tensor<Scalar>(zeros: layer.outputShape(for: input.shape))
    if turn.phase == .forward {
      let convolution = layer
      body = { try convolution.forward(input, into: &output) }
      return
    }
    let outputGradient = try Tensor<Scalar>.random(shape: output.shape, using: &generator)
    switch turn.phase {
    case .step:
      body = {
        _ = layer.weight.value.mutableSpan
        try layer.forward(input, into: &output)
        _ = try layer.gradients(of: outputGradient, at: input)
      }
    case let phase:
      let convolution = layer
      let targets: GradientTargets = phase == .input ? .input : phase == .weight ? .weight : .all
      body = { _ = try convolution.gradients(of: outputGradient, at: input, for: targets) }
    }
  }
}
