import Convolution
import ReferenceConvolution
import TestSupport
import Testing

/// Gradients against the reference in Double, against differences, and against the adjoint identity.
struct GradientTests {
  static let paddings: [Padding] = [.valid, .same, .explicit(top: 1, bottom: 3, left: 2, right: 0)]

  /// Modes × strides × dilations × groups × kernels × paddings, on images that are not square.
  @Test(arguments: PaddingMode.allCases, ForwardTests.strides)
  func agreesWithReference(mode: PaddingMode, stride: Size2d) throws {
    var generator = SplitMix64(seed: 11)
    for dilation in ForwardTests.dilations {
      for groups in [1, 2, 4] {
        for kernel in ForwardTests.kernels {
          for padding in Self.paddings where padding != .same || stride == 1 {
            let configuration = ConvolutionCase {
              ($0.batch, $0.kernelSize, $0.stride, $0.padding) = (1, kernel, stride, padding)
              ($0.dilation, $0.groups, $0.paddingMode) = (dilation, groups, mode)
              ($0.height, $0.width) = (9, 10)
            }
            try expectGradients(of: configuration, in: Float.self, using: &generator)
            if groups == 2 { try expectGradients(of: configuration, in: Double.self, using: &generator) }
          }
        }
      }
    }
  }

  /// Sizes around those at which kernels change their step.
  @Test(arguments: 1...20)
  func tileEdges(width: Int) throws {
    var generator = SplitMix64(seed: UInt64(width))
    for height in [1, 2, 3, 4, 5, 8, 9, 17] {
      for (stride, groups) in [(Size2d(1), 1), (2, 1), (1, 4), (2, 4)] {
        let configuration = ConvolutionCase {
          ($0.batch, $0.height, $0.width, $0.padding, $0.stride, $0.groups) = (2, height, width, 1, stride, groups)
        }
        try expectGradients(of: configuration, in: Float.self, using: &generator)
      }
    }
  }

  /// Larger layers, where blocks, parts of the reduction and copies of the weight's gradient come into play.
  @Test(arguments: [
    ConvolutionCase { ($0.batch, $0.inputChannels, $0.height, $0.width, $0.padding) = (3, 3, 40, 30, 1) },
    ConvolutionCase { ($0.batch, $0.inputChannels, $0.outputChannels, $0.kernelSize) = (2, 70, 33, 1) },
    ConvolutionCase { ($0.batch, $0.inputChannels, $0.outputChannels, $0.padding) = (2, 40, 17, 1) },
    ConvolutionCase { ($0.batch, $0.inputChannels, $0.outputChannels, $0.groups) = (nil, 32, 64, 32) },
    // A depthwise plane of several thousand products, which are summed up piece by piece.
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.groups, $0.height, $0.width, $0.padding) = (2, 2, 2, 90, 70, 1)
    },
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.groups, $0.height, $0.width) = (2, 2, 2, 90, 70)
      $0.kernelSize = 4
    },
  ])
  func largerLayers(configuration: ConvolutionCase) throws {
    var generator = SplitMix64(seed: 12)
    try expectGradients(of: configuration, in: Float.self, using: &generator)
    try expectGradients(of: configuration, in: Double.self, using: &generator)
  }

  /// ⟨dy, conv(x)⟩ = ⟨dx, x⟩ = ⟨dw, w⟩ without bias, exactly on small integers.
  @Test(arguments: PaddingMode.allCases)
  func adjointIdentity(mode: PaddingMode) throws {
    var generator = SplitMix64(seed: 13)
    for kernel in [Size2d(1), 3, Size2d(2, 4)] {
      for (stride, groups) in [(Size2d(1), 1), (2, 4), (Size2d(1, 3), 2)] {
        let configuration = ConvolutionCase {
          ($0.batch, $0.kernelSize, $0.stride, $0.padding) = (3, kernel, stride, 2)
          ($0.groups, $0.paddingMode, $0.hasBias) = (groups, mode, false)
        }
        let layer: Conv2d<Float> = try configuration.layer(holding: .smallIntegers, using: &generator)
        let input: Tensor<Float> = try configuration.input(holding: .smallIntegers, using: &generator)
        for (layer, algorithm) in layersOfEveryAlgorithm(layer) where !mayUseLargeTiles(layer) {
          guard let output = try unlessUnavailable({ try layer(input) }) else { continue }
          let outputGradient: Tensor<Float> = try RandomScalars.smallIntegers.tensor(output.shape, using: &generator)
          let gradients = try layer.gradients(of: outputGradient, at: input)
          let product = innerProduct(outputGradient, output)
          #expect(innerProduct(gradients.input, input) == product, "\(algorithm), \(configuration)")
          #expect(innerProduct(gradients.weight, layer.weight.value) == product, "\(algorithm), \(configuration)")
        }
      }
    }
  }

  /// Central differences of ⟨dy, conv(x)⟩ in Double. The function is linear in every scalar, so only rounding is left.
  @Test(arguments: PaddingMode.allCases)
  func centralDifferences(mode: PaddingMode) throws {
    var generator = SplitMix64(seed: 14)
    let configuration = ConvolutionCase {
      ($0.batch, $0.inputChannels, $0.outputChannels, $0.groups) = (2, 2, 4, 2)
      ($0.height, $0.width, $0.kernelSize, $0.stride) = (4, 5, Size2d(3, 2), Size2d(1, 2))
      ($0.padding, $0.dilation, $0.paddingMode) = (.explicit(top: 2, bottom: 1, left: 0, right: 3), Size2d(1, 2), mode)
    }
    var layer: Conv2d<Double> = try configuration.layer(using: &generator)
    var input: Tensor<Double> = try configuration.input(using: &generator)
    let outputGradient: Tensor<Double> = try RandomScalars.uniform.tensor(
      layer.outputShape(for: input.shape), using: &generator)
    let gradients = try layer.gradients(of: outputGradient, at: input)
    let step = 0.125
    func difference(_ change: (Double) -> Void) throws -> Double {
      var loss = [0.0, 0.0]
      for (index, signed) in [step, -2 * step].enumerated() {
        change(signed)
        loss[index] = innerProduct(outputGradient, try layer(input))
      }
      change(step)
      return (loss[0] - loss[1]) / (2 * step)
    }
    let inputGradient = try #require(gradients.input).scalars
    for index in inputGradient.indices {
      let slope = try difference { change in
        var scalars = input.mutableSpan
        scalars[index] += change
      }
      #expect(abs(slope - inputGradient[index]) < 1e-12)
    }
    let weightGradient = try #require(gradients.weight).scalars
    for index in weightGradient.indices {
      let slope = try difference { change in
        var scalars = layer.weight.value.mutableSpan
        scalars[index] += change
      }
      #expect(abs(slope - weightGradient[index]) < 1e-12)
    }
    let biasGradient = try #require(gradients.bias).scalars
    for index in biasGradient.indices {
      let slope = try difference { change in
        layer.bias!.value[index] += change
      }
      #expect(abs(slope - biasGradient[index]) < 1e-12)
    }
  }

  @Test func emptyBatchGivesZeroGradients() throws {
    let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 5, kernelSize: 3, padding: 1)
    let gradients = try layer.gradients(of: Tensor(zeros: [0, 5, 8, 6]), at: Tensor(zeros: [0, 3, 8, 6]))
    #expect(gradients.input?.shape == [0, 3, 8, 6])
    #expect(gradients.weight == (try Tensor(zeros: [5, 3, 3, 3])))
    #expect(gradients.bias == (try Tensor(zeros: [5])))
  }

  /// Strides and unpadded edges leave pixels that no output reads: their gradient is zero.
  @Test func unreadPixelsGetZero() throws {
    let layer = try Conv2d<Float>(weight: Tensor(repeating: 1, shape: [1, 1, 1, 1]), stride: 3)
    let gradients = try layer.gradients(of: Tensor(repeating: 2, shape: [1, 2, 2]), at: Tensor(zeros: [1, 5, 6]))
    let expected = (0..<5).flatMap { row in (0..<6).map { row % 3 == 0 && $0 % 3 == 0 ? Float(2) : 0 } }
    #expect(gradients.input?.scalars == expected)
  }

  @Test func onlyWhatIsAskedFor() throws {
    let layer = try Conv2d<Float>(inputChannels: 2, outputChannels: 3, kernelSize: 3)
    let input = try Tensor<Float>.random([2, 5, 5], seed: 1)
    let outputGradient = try Tensor<Float>.random([3, 3, 3], seed: 2)
    let all = try layer.gradients(of: outputGradient, at: input)
    for bits in 0..<8 {
      let targets = GradientTargets(rawValue: bits)
      let gradients = try layer.gradients(of: outputGradient, at: input, for: targets)
      let expected = Conv2dGradients(
        input: targets.contains(.input) ? all.input : nil, weight: targets.contains(.weight) ? all.weight : nil,
        bias: targets.contains(.bias) ? all.bias : nil)
      #expect(sameBits(gradients, expected), "targets \(bits)")
    }
  }

  /// One gradient by its own name: the same bits, for a batch, an image and an empty batch; the same errors.
  @Test func oneAtATime() throws {
    let layer = try Conv2d<Double>(inputChannels: 2, outputChannels: 3, kernelSize: 3, stride: 2, padding: 1)
    for shape in [[2, 2, 7, 6], [2, 7, 6], [0, 2, 7, 6]] {
      let input = try Tensor<Double>.random(shape, seed: 1)
      let outputGradient = try Tensor<Double>.random(layer.outputShape(for: shape), seed: 2)
      let all = try layer.gradients(of: outputGradient, at: input)
      #expect(sameBits(try layer.inputGradient(of: outputGradient, at: input), try #require(all.input)))
      #expect(sameBits(try layer.weightGradient(of: outputGradient, at: input), try #require(all.weight)))
    }
    let (input, wrong) = try (Tensor<Double>(zeros: [2, 7, 6]), Tensor<Double>(zeros: [3, 7, 6]))
    let error = ConvolutionError.shapeMismatch(name: "outputGradient", expected: "[3, 4, 3]", actual: [3, 7, 6])
    #expect(throws: error) { try layer.inputGradient(of: wrong, at: input) }
    #expect(throws: error) { try layer.weightGradient(of: wrong, at: input) }
  }

  private func expectGradients<Scalar: ConvolutionScalar>(
    of configuration: ConvolutionCase, in type: Scalar.Type, using generator: inout SplitMix64
  ) throws {
    let layer: Conv2d<Scalar> = try configuration.layer(using: &generator)
    let input: Tensor<Scalar> = try configuration.input(using: &generator)
    let outputGradient: Tensor<Scalar> = try RandomScalars.uniform.tensor(
      layer.outputShape(for: input.shape), using: &generator)
    try expectGradientAgreement(layer, at: input, outputGradient: outputGradient)
  }

  private func innerProduct<Scalar>(_ left: Tensor<Scalar>?, _ right: Tensor<Scalar>?) -> Double {
    guard let left, let right, left.shape == right.shape else { return .nan }
    return zip(left.scalars, right.scalars).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}
