import Convolution
import TestSupport
import Testing

/// A blank image under a box filter: equal products all round the same way.
struct ConstantImageTests {
  /// 250,000 pixels of each of four images, summed for one tap.
  @Test func gradientOfTheWeightInDouble() throws {
    let (x, dy) = (0.7, 0.9)
    let layer = try Conv2d<Double>(inputChannels: 8, outputChannels: 8, kernelSize: 3)
    let input = try Tensor<Double>(repeating: x, shape: [4, 8, 502, 502])
    let gradient = try layer.weightGradient(of: Tensor(repeating: dy, shape: [4, 8, 500, 500]), at: input)
    // The product's own rounding is exact here, by the sum of its halves.
    let product = x * dy
    let rest = (-product).addingProduct(x, dy)
    for scalar in gradient.scalars {
      let error = (scalar - product * 1_000_000) - rest * 1_000_000
      #expect(abs(error) <= 64 * product * 1_000_000 * 0x1p-53)
    }
  }

  /// The bound for every input is the number of terms; `automatic` stays well below.
  @Test(arguments: [(ConvolutionAlgorithm.im2col, 128.0), (.automatic, 16)])
  func pointwise(algorithm: ConvolutionAlgorithm, limit: Double) throws {
    let (x, weight) = (Float(0.7), Float(0.9))
    var layer = try Conv2d<Float>(weight: Tensor(repeating: weight, shape: [16, 128, 1, 1]))
    layer.algorithm = algorithm
    let expected = 128 * Double(x) * Double(weight)
    for scalar in try layer(Tensor(repeating: x, shape: [128, 20, 20])).scalars {
      #expect(abs(Double(scalar) - expected) <= limit * expected * 0x1p-24)
    }
  }
}
