import Convolution
import ReferenceConvolution
import TestSupport
import Testing

/// Results are equal bit for bit whatever the number of threads, and from run to run.
struct ThreadTests {
  static let cases: [ConvolutionCase] = [
    ConvolutionCase { ($0.batch, $0.padding) = (3, 1) },
    ConvolutionCase { ($0.height, $0.width, $0.inputChannels, $0.padding) = (50, 47, 3, 1) },
    ConvolutionCase { ($0.inputChannels, $0.outputChannels, $0.height, $0.width, $0.padding) = (24, 300, 7, 7, 1) },
    ConvolutionCase { ($0.batch, $0.inputChannels, $0.outputChannels, $0.kernelSize) = (2, 80, 272, 1) },
    ConvolutionCase {
      ($0.batch, $0.inputChannels, $0.outputChannels, $0.groups, $0.padding) = (2, 16, 32, 16, .same)
    },
    ConvolutionCase {
      ($0.batch, $0.kernelSize, $0.stride, $0.padding, $0.paddingMode) = (2, 5, 2, 3, .reflect)
    },
    ConvolutionCase { ($0.batch, $0.groups, $0.dilation, $0.padding, $0.paddingMode) = (2, 2, 2, 2, .circular) },
    ConvolutionCase { ($0.batch, $0.inputChannels, $0.outputChannels, $0.padding) = (2, 33, 18, 1) },
  ]

  @Test(arguments: cases)
  func float(configuration: ConvolutionCase) throws {
    try expectSameBits(configuration, in: Float.self)
  }

  @Test(arguments: cases)
  func double(configuration: ConvolutionCase) throws {
    try expectSameBits(configuration, in: Double.self)
  }

  private func expectSameBits<Scalar: ConvolutionScalar>(_ configuration: ConvolutionCase, in type: Scalar.Type) throws
  {
    let sample = try Sample<Scalar>(configuration, seed: 21)
    let (layer, input, outputGradient) = (sample.layer, sample.input, sample.outputGradient)
    for (layer, algorithm) in layersOfEveryAlgorithm(layer) {
      var layer = layer
      layer.device = try .cpu(threads: 1)
      guard let output = try unlessUnavailable({ try layer(input) }) else { continue }
      let gradients = try layer.gradients(of: outputGradient, at: input)
      for threads in [1, 2, 3, 4, 8] {
        layer.device = try .cpu(threads: threads)
        #expect(sameBits(try poisonedForward(layer, input), output), "\(algorithm), \(threads) threads")
        #expect(
          sameBits(try layer.gradients(of: outputGradient, at: input), gradients), "\(algorithm), \(threads) threads")
      }
    }
  }
}
