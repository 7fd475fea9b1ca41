import Convolution
import ReferenceConvolution
import TestSupport
import Testing

/// Arguments as they are written: integers and pairs, literals and variables, in any place.
struct ArgumentTests {
  @Test func integersOfRunTime() throws {
    let (c, k, s, d) = (4, 5, 1, 2)
    let layer = try Conv2d<Float>(
      inputChannels: c, outputChannels: 2 * c, kernelSize: k, stride: s, padding: k / 2, dilation: d)
    #expect((layer.kernelSize, layer.stride, layer.dilation) == (Size2d(5, 5), Size2d(1, 1), Size2d(2, 2)))
    #expect(layer.padding == .symmetric(2))
    #expect(layer.outputChannels == 8)
  }

  /// Each kind of argument in each place, beside each kind in the others.
  @Test func everyMixture() throws {
    let (k, pair) = (3, Size2d(height: 3, width: 1))
    let isOdd = pair.height % 2 == 1
    let wanted = Padding.symmetric(Size2d(3, 1))
    let layers: [Conv2d<Float>] = try [
      Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: 3),
      Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: k, stride: 1, padding: 1, dilation: pair),
      Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: k, stride: pair, padding: k),
      Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: pair, stride: k, padding: pair, dilation: 2),
      Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: pair, padding: .same, dilation: k),
      Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: k, padding: .symmetric(k / 2)),
      Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: k, padding: wanted),
      Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: 2 * 2 + 1, padding: 2 * (3 - 1) / 2),
      Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: k, padding: isOdd ? k : 0),
      Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: k, padding: isOdd ? .same : .valid),
      Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: k, padding: isOdd ? .same : 1),
      Conv2d(inputChannels: 1, outputChannels: 1, kernelSize: k, padding: .init("valid")),
      .init(inputChannels: 1, outputChannels: 1, kernelSize: k, stride: 2, padding: k),
    ]
    let sizes = [(3, 1, 1), (3, 1, 3), (3, 3, 1), (3, 3, 2), (3, 1, 3)]
    #expect(layers.prefix(5).map(\.kernelSize.height) == sizes.map(\.0))
    #expect(layers.prefix(5).map(\.stride.height) == sizes.map(\.1))
    #expect(layers.prefix(5).map(\.dilation.height) == sizes.map(\.2))
    let paddings: [Padding] = [
      0, 1, 3, wanted, .same, 1, wanted, 2, 3, .same, .same, .valid, 3,
    ]
    #expect(layers.map(\.padding) == paddings)
  }

  /// The same through the generator, the weight and the function; equal layers and equal outputs.
  @Test func everyEntryPoint() throws {
    let (k, pair) = (3, Size2d(1, 2))
    var (first, second) = (SplitMix64(seed: 7), SplitMix64(seed: 7))
    let named = try Conv2d<Float>(
      inputChannels: 2, outputChannels: 3, kernelSize: 3, stride: pair, padding: .symmetric(1), using: &first)
    let inPixels = try Conv2d<Float>(
      inputChannels: 2, outputChannels: 3, kernelSize: k, stride: pair, padding: k / 2, using: &second)
    #expect(named == inPixels)
    let weight = named.weight.value
    let bias = named.bias?.value
    #expect(try Conv2d(weight: weight, bias: bias, stride: pair, padding: k / 2) == named)
    #expect(try Conv2d(weight: weight, bias: bias, stride: pair, padding: 1) == named)
    #expect(try Conv2d(weight: weight, bias: bias, stride: pair, padding: pair) != named)
    let input = try Tensor<Float>.random([2, 8, 9], seed: 3)
    let output = try named(input)
    #expect(try conv2d(input, weight: weight, bias: bias, stride: pair, padding: k / 2) == output)
    #expect(try conv2d(input, weight: weight, bias: bias, stride: pair, padding: .symmetric(1)) == output)
    #expect(
      try conv2d(input, weight: weight, padding: pair, dilation: k)
        == conv2d(input, weight: weight, padding: .symmetric(pair), dilation: Size2d(3)))
  }

  @Test func wrongNumbersAreRefused() throws {
    let below = -1
    #expect(
      throws: ConvolutionError.valueOutOfRange(
        name: "padding", expected: "0 or more at every edge", actual: [-1, -1, -1, -1])
    ) { try Conv2d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 3, padding: below) }
    #expect(throws: ConvolutionError.valueOutOfRange(name: "stride", expected: "1 or more", actual: [-1, -1])) {
      try conv2d(Tensor<Float>(zeros: [1, 4, 4]), weight: Tensor(zeros: [1, 1, 1, 1]), stride: below)
    }
  }

  @Test func howToCompute() throws {
    let weight = try Tensor<Float>.random([8, 8, 3, 3], seed: 1)
    let layer = try Conv2d(weight: weight, algorithm: .im2col, precision: .strict)
    #expect((layer.algorithm, layer.precision) == (.im2col, .strict))
    let random = try Conv2d<Float>(
      inputChannels: 8, outputChannels: 8, kernelSize: 3, algorithm: .winograd4x4, precision: .strict)
    #expect(throws: ConvolutionError.self) { try random(Tensor(zeros: [8, 6, 6])) }
  }

  @Test func layersCompare() throws {
    var generator = SplitMix64(seed: 1)
    let layer = try Conv2d<Double>(inputChannels: 2, outputChannels: 2, kernelSize: 3, using: &generator)
    var other = layer
    #expect(other == layer)
    other.device = try .cpu(threads: 2)
    #expect(other != layer)
    other = layer
    other.weight.value[0, 0, 0, 0] += 1
    #expect(other != layer)
    other = layer
    other.bias = nil
    #expect(other != layer)
    other = layer
    other.precision = .strict
    #expect(other != layer)
    #expect(try Conv2d(weight: layer.weight.value, bias: layer.bias?.value, padding: 1) != layer)
  }
}
