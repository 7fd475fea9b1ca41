import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

extension TransposedCase {
  /// At least one for every algorithm that serves a transposed convolution, forward and backward, with and without gaps.
  static let representatives: [TransposedCase] = [
    TransposedCase { ($0.stride, $0.padding, $0.outputPadding) = (2, 1, 1) },
    TransposedCase { ($0.batch, $0.kernelSize, $0.stride, $0.inputChannels, $0.outputChannels) = (2, 2, 2, 20, 17) },
    // Even and odd columns in one product.
    TransposedCase {
      ($0.batch, $0.kernelSize, $0.stride, $0.inputChannels, $0.outputChannels, $0.height, $0.width) = (
        2, 2, 2, 20, 17, 5, 19
      )
    },
    TransposedCase {
      ($0.batch, $0.kernelSize, $0.stride, $0.groups, $0.inputChannels, $0.outputChannels) = (2, 2, 2, 2, 6, 8)
      ($0.height, $0.width) = (9, 33)
    },
    TransposedCase {
      ($0.kernelSize, $0.stride, $0.dilation, $0.height, $0.width) = (Size2d(3, 2), 2, Size2d(1, 3), 8, 12)
    },
    TransposedCase { ($0.kernelSize, $0.stride, $0.outputPadding) = (Size2d(1, 2), Size2d(3, 4), Size2d(2, 0)) },
    TransposedCase { ($0.kernelSize, $0.dilation, $0.outputPadding) = (1, 2, 1) },
    TransposedCase { ($0.kernelSize, $0.inputChannels, $0.outputChannels, $0.hasBias) = (1, 40, 6, false) },
    TransposedCase { ($0.kernelSize, $0.height, $0.width) = (1, 12, 11) },
    TransposedCase {
      ($0.batch, $0.inputChannels, $0.outputChannels, $0.height, $0.width, $0.padding) = (2, 18, 20, 9, 8, 1)
    },
    TransposedCase {
      ($0.inputChannels, $0.outputChannels, $0.dilation, $0.outputPadding, $0.height, $0.width) = (
        16, 16, 3, 2, 9, 10
      )
    },
    TransposedCase { ($0.batch, $0.groups, $0.inputChannels, $0.outputChannels, $0.padding) = (2, 6, 6, 6, 1) },
    TransposedCase {
      ($0.batch, $0.groups, $0.inputChannels, $0.outputChannels, $0.stride, $0.padding, $0.outputPadding) = (
        2, 4, 8, 4, 2, 1, 1
      )
    },
    TransposedCase { ($0.kernelSize, $0.stride, $0.padding, $0.groups) = (4, 2, 1, 2) },
    TransposedCase { ($0.kernelSize, $0.height, $0.width, $0.padding) = (2, 9, 8, 3) },
    // Phases summed by tiles: padding odd and even, several blocks of channels, tiles of 2 and 3.
    TransposedCase {
      ($0.batch, $0.kernelSize, $0.stride, $0.padding, $0.inputChannels, $0.outputChannels) = (2, 4, 2, 1, 36, 17)
      ($0.height, $0.width) = (8, 13)
    },
    TransposedCase {
      ($0.kernelSize, $0.stride, $0.padding, $0.outputPadding, $0.groups) = (4, 2, Size2d(0, 4), Size2d(1, 0), 2)
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width) = (64, 70, 9, 12)
    },
  ]
}

struct TransposedTests {
  @Test(arguments: TransposedCase.representatives)
  func representatives(configuration: TransposedCase) throws {
    for seed in 0..<3 {
      var generator = SplitMix64(seed: UInt64(seed))
      #expect(try TransposedCheck<Float>(configuration, using: &generator).failures == [])
      #expect(try TransposedCheck<Double>(configuration, using: &generator).failures == [])
    }
  }

  /// A few of the cases that `fuzz-layers` runs by the thousand.
  @Test(arguments: 0..<10)
  func randomCases(part: Int) throws {
    for number in 0..<10 {
      var generator = SplitMix64(seed: UInt64(1000 + 10 * part + number))
      let configuration = TransposedCase(using: &generator)
      #expect(try TransposedCheck<Float>(configuration, using: &generator).failures == [], "\(configuration)")
      #expect(try TransposedCheck<Double>(configuration, using: &generator).failures == [], "\(configuration)")
    }
  }

  /// ⟨transposed(x), u⟩ = ⟨x, convolved(u)⟩, for the convolution of the same weight and arguments. Where the output padding
  /// reaches the stride, that convolution has more outputs: those behind `x` count as zero.
  @Test(arguments: 0..<60)
  func isTheAdjointOfTheConvolution(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    var configuration = TransposedCase(using: &generator)
    configuration.hasBias = false
    configuration.batch = 2
    let layer: ConvTranspose2d<Double> = try configuration.layer(using: &generator)
    let convolution = try Conv2d(
      weight: layer.weight.value, stride: layer.stride, padding: layer.padding, dilation: layer.dilation,
      groups: layer.groups)
    let x: Tensor<Double> = try RandomScalars.uniform.tensor(configuration.inputShape, using: &generator)
    let y = try layer(x)
    let u: Tensor<Double> = try RandomScalars.uniform.tensor(y.shape, using: &generator)
    let v = try convolution(u)
    var (left, right, magnitude) = (0.0, 0.0, 0.0)
    for (y, u) in zip(y.scalars, u.scalars) { (left, magnitude) = (left + y * u, magnitude + abs(y * u)) }
    for n in 0..<2 {
      for i in 0..<x.shape[1] {
        for h in 0..<x.shape[2] {
          for w in 0..<x.shape[3] { right += x[n, i, h, w] * v[n, i, h, w] }
        }
      }
    }
    #expect(abs(left - right) <= 1e-13 * max(1, magnitude), "\(configuration)")
  }

  /// Outputs that nothing falls on, and outputs whose inputs are zero, are the bias to the bit.
  @Test(arguments: TransposedCase.representatives)
  func zerosGiveTheBias(configuration: TransposedCase) throws {
    var generator = SplitMix64(seed: 5)
    let original: ConvTranspose2d<Float> = try configuration.layer(using: &generator)
    let input = try Tensor<Float>(zeros: configuration.inputShape)
    for (layer, algorithm) in layersOfEveryAlgorithm(original) {
      guard let output = try unlessUnavailable({ try poisonedForward(layer, input) }) else { continue }
      let pixels = output.shape.suffix(2).reduce(1, *)
      let bias = layer.bias?.value.scalars ?? [Float](repeating: 0, count: layer.outputChannels)
      let expected = (0..<output.count).map { bias[$0 / pixels % layer.outputChannels] }
      #expect(output.scalars == expected, "\(algorithm)")
    }
  }

  @Test func gapsHoldTheBias() throws {
    let weight = try Tensor<Float>(shape: [1, 2, 1, 1], scalars: [1, 10])
    let bias = try Tensor<Float>(shape: [2], scalars: [0.5, -0.25])
    let layer = try ConvTranspose2d(weight: weight, bias: bias, stride: 2, outputPadding: Size2d(0, 1))
    let output = try layer(Tensor(shape: [1, 2, 2], scalars: [1, 2, 3, 4]))
    #expect(output.shape == [2, 3, 4])
    #expect(
      output.scalars == [
        1.5, 0.5, 2.5, 0.5, 0.5, 0.5, 0.5, 0.5, 3.5, 0.5, 4.5, 0.5,
        9.75, -0.25, 19.75, -0.25, -0.25, -0.25, -0.25, -0.25, 29.75, -0.25, 39.75, -0.25,
      ])
  }

  @Test(arguments: TransposedCase.representatives, NonFiniteTests.values)
  func classes(configuration: TransposedCase, value: Double) throws {
    try expectClasses(configuration, value: value, in: Float.self)
    try expectClasses(configuration, value: value, in: Double.self)
  }

  private func expectClasses<Scalar: ConvolutionScalar>(
    _ configuration: TransposedCase, value: Double, in type: Scalar.Type
  ) throws {
    let sample = try TransposedSample<Scalar>(configuration, seed: 71)
    let (original, input, outputGradient) = (sample.layer, sample.input, sample.outputGradient)
    func replacing(_ tensor: Tensor<Scalar>) throws -> Tensor<Scalar> {
      var scalars = tensor.scalars
      scalars[scalars.count / 2] = Scalar(value)
      return try Tensor(shape: tensor.shape, scalars: scalars)
    }
    for (part, name) in ["input", "weight", "outputGradient"].enumerated() {
      var original = original
      if part == 1 { original.weight.value = try replacing(original.weight.value) }
      let input = part == 0 ? try replacing(input) : input
      let outputGradient = part == 2 ? try replacing(outputGradient) : outputGradient
      let expected = try ExpectedTransposed(of: original, at: input, outputGradient: outputGradient)
      // Forced Winograd may spread such a value inside its tile.
      for (layer, algorithm) in layersOfEveryAlgorithm(original)
      where ![.winograd2x2, .winograd4x4].contains(algorithm) {
        let output = try poisonedForward(layer, input)
        let gradients = try layer.gradients(of: outputGradient, at: input)
        for (result, share) in expected.shares(of: output, gradients, by: layer) {
          #expect(share <= 1, "\(name), \(result), \(algorithm)")
        }
      }
    }
  }

  /// The representatives reach every algorithm in each pass.
  @Test func representativesReachEveryAlgorithm() throws {
    var reached: Set<String> = []
    for configuration in TransposedCase.representatives {
      var generator = SplitMix64(seed: 1)
      let layer: ConvTranspose2d<Float> = try configuration.layer(using: &generator)
      for (layer, _) in layersOfEveryAlgorithm(layer) {
        guard let cost = try unlessUnavailable({ try layer.cost(for: configuration.inputShape) }) else { continue }
        reached.insert(cost.algorithm)
      }
    }
    let expected: Set = [
      "im2col", "implicit GEMM", "depthwise", "Winograd F(2×2)", "Winograd F(4×4)",
    ]
    #expect(reached.isSuperset(of: expected), "\(expected.subtracting(reached))")
  }

  @Test(arguments: TransposedCase.representatives)
  func guardedPages(configuration: TransposedCase) throws {
    try expectNothingPastTheEnds(configuration, in: Float.self)
    try expectNothingPastTheEnds(configuration, in: Double.self)
  }

  private func expectNothingPastTheEnds<Scalar: ConvolutionScalar>(
    _ configuration: TransposedCase, in type: Scalar.Type
  ) throws {
    let sample = try TransposedSample<Scalar>(configuration, seed: 51)
    let (original, input, outputGradient) = (sample.layer, sample.input, sample.outputGradient)
    let expected = try ExpectedTransposed(of: original, at: input, outputGradient: outputGradient)
    for (layer, algorithm) in layersOfEveryAlgorithm(original) {
      guard try unlessUnavailable({ try layer(input) }) != nil else { continue }
      for level in supportedLevels {
        let results = try GuardedScalars<Scalar>.Edge.allCases.map { edge in
          try guardedCall(layer.call, at: input, outputGradient: outputGradient, level: level, edge: edge)
        }
        #expect(
          sameBits(results[0].output, results[1].output) && sameBits(results[0].gradients, results[1].gradients))
        for (name, share) in expected.shares(of: results[0].output, results[0].gradients, by: layer) {
          #expect(share <= 1, "\(name), \(algorithm), level \(level.rawValue)")
        }
      }
    }
  }
}
