import ArgumentParser
import Convolution

/// What zeros among the values cost: outputs of a ReLU, and gradients behind one.
struct Zeros: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time 3x3 layers on ReLU outputs, and the gradients behind one, against the same layers without zeros.",
    discussion:
      "Prints the speed on values that hold such a share of zeros, as a part of that on values that hold none, whose time stands before."
  )

  @Option(help: "Threads of the layers.")
  var threads = 1

  @Option(help: "Percent of zeros. May be repeated.")
  var percent = [60, 70, 80, 90, 95]

  @Flag(help: "Zeros in regions, as smooth maps have them, in place of anywhere.")
  var smooth = false

  @Option(help: "Only the layer of that many channels.")
  var channels: Int?

  private static let sizes = [(16, 112), (64, 56), (256, 14)]

  func run() throws {
    print("speed of dense = 1; percent of zeros: \(percent.map(String.init).joined(separator: ", "))")
    for (channels, side) in Self.sizes where self.channels ?? channels == channels {
      for batch in [1, 8] {
        var generator = SplitMix64(seed: 1)
        var layer = try Conv2d<Float>(
          inputChannels: channels, outputChannels: channels, kernelSize: 3, padding: 1, using: &generator)
        layer.device = try .cpu(threads: threads)
        let shape = [batch, channels, side, side]
        let dense = try Tensor<Float>.random(shape: shape, using: &generator)
        let denseGradient = try Tensor<Float>.random(shape: shape, using: &generator)
        let sparse = try percent.map { try Self.relu(shape, percent: $0, isSmooth: smooth, using: &generator) }
        let gradients = try percent.map { percent in
          let mask = try Self.relu(shape, percent: percent, isSmooth: smooth, using: &generator)
          return try Tensor(
            shape: shape, scalars: zip(mask.scalars, denseGradient.scalars).map { $0 == 0 ? 0 : $1 })
        }
        for (name, target) in [("forward", nil), ("input gradient", .input), ("weight gradient", .weight)]
          as [(String, GradientTargets?)]
        {
          func time(_ input: Tensor<Float>, _ gradient: Tensor<Float>) throws -> Double {
            var output = try Tensor<Float>(zeros: shape)
            return try Stopwatch(seconds: 0.1, fewestRuns: 5).time {
              if let target {
                _ = try layer.gradients(of: gradient, at: input, for: target)
              } else {
                try layer.forward(input, into: &output)
              }
            }.median
          }
          var fastest = Double.infinity
          // In turns, so that a drift of the machine meets all alike.
          let ratios = try zip(sparse, gradients).map {
            let seconds = try time(dense, denseGradient)
            fastest = min(fastest, seconds)
            return seconds / (try time($0, $1))
          }
          let columns = ratios.map { "\(Double(Int($0 * 100 + 0.5)) / 100)" }.joined(separator: "  ")
          print("\(channels) @\(side) b\(batch), \(name), \(Int(fastest * 1e6)) µs: \(columns)")
        }
      }
    }
  }

  /// Values of which that many are zero, the others above it.
  private static func relu(
    _ shape: [Int], percent: Int, isSmooth: Bool, using generator: inout SplitMix64
  ) throws -> Tensor<Float> {
    var scalars = try Tensor<Float>.random(shape: shape, using: &generator).scalars
    let width = shape[3]
    if isSmooth {
      for step in [1, width] {
        for _ in 0..<3 { for index in step..<scalars.count { scalars[index] += 0.7 * scalars[index - step] } }
      }
    }
    let limit = scalars.sorted()[(scalars.count - 1) * percent / 100]
    return try Tensor(shape: shape, scalars: scalars.map { max(0, $0 - limit) })
  }
}
