import Convolution
import ReferenceConvolution
import TestSupport
import Testing

/// Forward passes against the reference in Double.
struct ForwardTests {
  static let strides: [Size2d] = [1, 2, Size2d(2, 3)]
  static let dilations: [Size2d] = [1, 2, Size2d(1, 2)]
  static let kernels: [Size2d] = [1, 2, 3, Size2d(3, 2), Size2d(1, 4), 5]
  static let paddings: [Padding] = [
    .valid, .same, 2, .symmetric(Size2d(0, 3)), .explicit(top: 1, bottom: 3, left: 2, right: 0),
  ]

  /// Modes × strides × dilations × groups (none, some, depthwise) × kernels × paddings, on images that are not square.
  @Test(arguments: PaddingMode.allCases, strides)
  func agreesWithReference(mode: PaddingMode, stride: Size2d) throws {
    var generator = SplitMix64(seed: 1)
    for dilation in Self.dilations {
      for groups in [1, 2, 4] {
        for kernel in Self.kernels {
          for padding in Self.paddings where padding != .same || stride == 1 {
            let configuration = ConvolutionCase {
              $0.kernelSize = kernel
              $0.stride = stride
              $0.padding = padding
              $0.dilation = dilation
              $0.groups = groups
              $0.paddingMode = mode
              ($0.height, $0.width) = (9, 10)
            }
            let layer: Conv2d<Float> = try configuration.layer(using: &generator)
            try expectAgreement(layer, at: configuration.input(using: &generator))
            // Whether groups are one, some or all differs in no scalar type.
            guard groups == 2 else { continue }
            try expectAgreement(
              configuration.layer(of: Double.self, using: &generator), at: configuration.input(using: &generator))
          }
        }
      }
    }
  }

  /// Sizes around those at which kernels change their step: vectors of 8 and 16, tiles of 2, 4 and 6.
  @Test(arguments: 1...20)
  func tileEdges(width: Int) throws {
    var generator = SplitMix64(seed: UInt64(width))
    for height in [1, 2, 3, 4, 5, 7, 8, 9, 16, 17] {
      let configuration = ConvolutionCase {
        ($0.inputChannels, $0.outputChannels) = (3, 5)
        ($0.height, $0.width) = (height, width)
        $0.padding = 1
      }
      try expectAgreement(
        configuration.layer(of: Float.self, using: &generator), at: configuration.input(using: &generator))
    }
  }

  /// Channel counts around those at which kernels change their step.
  @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33])
  func channelEdges(channels: Int) throws {
    var generator = SplitMix64(seed: UInt64(channels))
    for (inputs, outputs, groups) in [
      (channels, 3, 1), (3, channels, 1), (channels, channels, channels), (channels, 2 * channels, channels),
    ] {
      for kernel in [Size2d(1), 3] {
        let configuration = ConvolutionCase {
          ($0.inputChannels, $0.outputChannels, $0.groups) = (inputs, outputs, groups)
          $0.kernelSize = kernel
          $0.padding = .same
        }
        try expectAgreement(
          configuration.layer(of: Float.self, using: &generator), at: configuration.input(using: &generator))
      }
    }
  }

  /// Larger layers, where blocks, panels and parts of the reduction come into play.
  @Test(arguments: [
    ConvolutionCase { ($0.inputChannels, $0.outputChannels, $0.height, $0.width, $0.padding) = (3, 8, 40, 52, 1) },
    ConvolutionCase { ($0.inputChannels, $0.outputChannels, $0.kernelSize, $0.height) = (300, 260, 1, 3) },
    ConvolutionCase { ($0.inputChannels, $0.outputChannels, $0.height, $0.width, $0.padding) = (70, 260, 4, 5, 1) },
    ConvolutionCase {
      ($0.batch, $0.inputChannels, $0.outputChannels, $0.groups, $0.padding) = (5, 12, 18, 3, .same)
    },
    // A reduction of several blocks, the first of which has no bias to be added to.
    ConvolutionCase {
      ($0.inputChannels, $0.outputChannels, $0.height, $0.width, $0.hasBias) = (60, 2, 34, 34, false)
    },
  ])
  func largerLayers(configuration: ConvolutionCase) throws {
    var generator = SplitMix64(seed: 7)
    try expectAgreement(
      configuration.layer(of: Float.self, using: &generator), at: configuration.input(using: &generator))
  }

  @Test func unbatchedInputGivesUnbatchedOutput() throws {
    var generator = SplitMix64(seed: 3)
    let configuration = ConvolutionCase {
      $0.batch = nil
      $0.padding = .explicit(top: 0, bottom: 2, left: 1, right: 0)
    }
    let layer: Conv2d<Float> = try configuration.layer(using: &generator)
    let input: Tensor<Float> = try configuration.input(using: &generator)
    try expectAgreement(layer, at: input)
    #expect(try layer(input).shape == [4, 7, 8])
    let batched = try Tensor(shape: [1] + input.shape, scalars: input.scalars)
    #expect(try layer(batched).scalars == layer(input).scalars)
  }

  @Test func emptyBatchGivesEmptyOutput() throws {
    let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 5, kernelSize: 3, padding: 1)
    let output = try layer(Tensor(zeros: [0, 3, 8, 6]))
    #expect(output.shape == [0, 5, 8, 6])
    #expect(output.scalars.isEmpty)
  }

  /// An image's output does not depend on the images beside it.
  @Test func imageAloneAndInABatch() throws {
    var generator = SplitMix64(seed: 4)
    for kernel in [Size2d(1), 3, Size2d(4, 2)] {
      let configuration = ConvolutionCase {
        ($0.batch, $0.kernelSize, $0.padding) = (5, kernel, 1)
      }
      let layer: Conv2d<Float> = try configuration.layer(using: &generator)
      let input: Tensor<Float> = try configuration.input(using: &generator)
      for (layer, algorithm) in layersOfEveryAlgorithm(layer) {
        guard let whole = try unlessUnavailable({ try layer(input) }) else { continue }
        var joined: [Float] = []
        let size = input.scalars.count / 5
        for image in 0..<5 {
          let alone = try Tensor(
            shape: Array(input.shape.dropFirst()), scalars: input.scalars[image * size..<(image + 1) * size])
          joined += try layer(alone).scalars
        }
        #expect(sameBits(whole, try Tensor(shape: whole.shape, scalars: joined)), "\(algorithm), \(kernel)")
      }
    }
  }

  /// Names, literals and four edges say the same.
  @Test func paddingsThatMeanTheSame() throws {
    var generator = SplitMix64(seed: 5)
    let weight = try RandomScalars.uniform.tensor([2, 3, 4, 3], of: Double.self, using: &generator)
    let input = try RandomScalars.uniform.tensor([3, 6, 5], of: Double.self, using: &generator)
    let same = try conv2d(input, weight: weight, padding: .same)
    let edges = try conv2d(input, weight: weight, padding: .explicit(top: 1, bottom: 2, left: 1, right: 1))
    #expect(sameBits(same, edges))
    #expect(sameBits(try conv2d(input, weight: weight, padding: Padding("same")), edges))
    let valid = try conv2d(input, weight: weight, padding: .valid)
    #expect(sameBits(valid, try conv2d(input, weight: weight)))
    #expect(sameBits(valid, try conv2d(input, weight: weight, padding: .symmetric(0))))
    let pair = try conv2d(input, weight: weight, padding: .symmetric(Size2d(1, 2)))
    #expect(
      sameBits(pair, try conv2d(input, weight: weight, padding: .explicit(top: 1, bottom: 1, left: 2, right: 2))))
  }

  /// The functional form, the layer, the layer writing into a tensor, and a container give the same bits, output and
  /// gradients.
  @Test(arguments: ConvolutionCase.representatives)
  func everyDoor(configuration: ConvolutionCase) throws {
    try expectSameBits(configuration, in: Float.self)
    try expectSameBits(configuration, in: Double.self)
  }

  private func expectSameBits<Scalar: ConvolutionScalar>(
    _ configuration: ConvolutionCase, in type: Scalar.Type
  ) throws {
    let sample = try Sample<Scalar>(configuration, seed: 6)
    let (layer, input, outputGradient) = (sample.layer, sample.input, sample.outputGradient)
    let output = try conv2d(
      input, weight: layer.weight.value, bias: layer.bias?.value, stride: layer.stride, padding: layer.padding,
      dilation: layer.dilation, groups: layer.groups, paddingMode: layer.paddingMode)
    #expect(sameBits(output, try layer(input)))
    #expect(sameBits(output, try layer.forward(input)))
    #expect(sameBits(output, try poisonedForward(layer, input)))
    var network = Sequential<Scalar>([layer])
    #expect(sameBits(output, try network(input)))

    let gradients = try layer.gradients(of: outputGradient, at: input)
    let (value, pullback) = try layer.valueWithPullback(at: input)
    #expect(sameBits(output, value))
    #expect(sameBits(try pullback(outputGradient), gradients))
    var trained = layer
    let inputGradient = try trained.backward(outputGradient, at: input)
    #expect(
      sameBits(
        Conv2dGradients(
          input: inputGradient, weight: trained.weight.gradient, bias: trained.bias?.gradient), gradients))
    let throughNetwork = try network.backward(outputGradient, at: input, for: .all)
    #expect(try sameBits(#require(throughNetwork), #require(gradients.input)))
  }

  /// Layers that share a parameter, and what was derived from it, but neither channels nor groups.
  @Test(arguments: ConvolutionAlgorithm.allCases)
  func sharedParameter(algorithm: ConvolutionAlgorithm) throws {
    for kernel in [Size2d(1), 3, 5] {
      var generator = SplitMix64(seed: 9)
      for (outputs, inputsPerGroup) in [(72, 16), (64, 16), (24, 5), (72, 18)] {
        let weight: Tensor<Float> = try RandomScalars.uniform.tensor(
          [outputs, inputsPerGroup, kernel.height, kernel.width], using: &generator)
        let shared = Parameter(weight)
        for groups in [1, 2, 3, 4, 1] where outputs % groups == 0 {
          var layer = try Conv2d<Float>(
            inputChannels: groups * inputsPerGroup, outputChannels: outputs, kernelSize: kernel, padding: .same,
            groups: groups)
          layer.algorithm = algorithm
          layer.weight = shared
          let input: Tensor<Float> = try RandomScalars.uniform.tensor(
            [groups * inputsPerGroup, 9, 8], using: &generator)
          var alone = layer
          alone.weight = Parameter(weight)
          guard let output = try unlessUnavailable({ try alone(input) }) else { continue }
          #expect(sameBits(try layer(input), output), "\(groups) groups")
          #expect(
            try sameBits(layer.gradients(of: output, at: input), alone.gradients(of: output, at: input)),
            "\(groups) groups")
        }
      }
    }
  }

  /// On small integers every sum is exact, so everything but F(4×4) must be.
  @Test(arguments: PaddingMode.allCases)
  func smallIntegersAreExact(mode: PaddingMode) throws {
    var generator = SplitMix64(seed: 8)
    for kernel in [Size2d(1), 3, Size2d(2, 5)] {
      for stride in [Size2d(1), 2] {
        let configuration = ConvolutionCase {
          ($0.batch, $0.kernelSize, $0.stride, $0.padding, $0.paddingMode) = (2, kernel, stride, 3, mode)
        }
        let layer: Conv2d<Float> = try configuration.layer(holding: .smallIntegers, using: &generator)
        let input: Tensor<Float> = try configuration.input(holding: .smallIntegers, using: &generator)
        let expected = try ExpectedOutput(of: layer, at: input)
        for (layer, algorithm) in layersOfEveryAlgorithm(layer) where !mayUseLargeTiles(layer) {
          guard let output = try unlessUnavailable({ try layer(input) }) else { continue }
          #expect(try output.inDouble() == expected.output, "\(algorithm), \(configuration)")
        }
      }
    }
  }
}
