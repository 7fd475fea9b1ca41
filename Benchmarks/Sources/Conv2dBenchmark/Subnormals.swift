import ArgumentParser
import Convolution
import Foundation

/// What subnormal weights and activations cost, and what flushing them gives back.
struct Subnormals: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time a layer on subnormal numbers, with and without withSubnormalsFlushed.")

  func run() throws {
    let normal = try Tensor<Float>(repeating: 0.5, shape: [1, 64, 56, 56])
    let decayed = try Tensor<Float>(repeating: 1e-40, shape: [1, 64, 56, 56])
    let weight = try Tensor<Float>(repeating: 0.5, shape: [64, 64, 3, 3])
    let decayedWeight = try Tensor<Float>(repeating: 1e-40, shape: [64, 64, 3, 3])
    print("64-64 3x3 @56, one thread, milliseconds: as they are, flushed")
    for algorithm in [ConvolutionAlgorithm.direct, .automatic] {
      for (name, weight, input) in [
        ("normal", weight, normal), ("subnormal weights", decayedWeight, normal),
        ("subnormal activations", weight, decayed),
      ] {
        let layer = try Conv2d(
          weight: weight, padding: 1, device: .cpu(threads: 1), algorithm: algorithm)
        var output = try Tensor<Float>(zeros: layer.outputShape(for: input.shape))
        let stopwatch = Stopwatch(seconds: 0.5, fewestRuns: 3)
        let slow = try stopwatch.time { try layer.forward(input, into: &output) }.median
        let quick = try withSubnormalsFlushed { try stopwatch.time { try layer.forward(input, into: &output) } }.median
        print("\(algorithm.rawValue), \(name):", String(format: "%.2f, %.2f", slow * 1e3, quick * 1e3))
      }
    }
  }
}
