import Convolution
import ReferenceConvolution
import TestSupport
import Testing

/// Kaiming-uniform initialisation with a = √5: U(−b, b), b = 1 / √(I / groups · kH · kW).
struct InitializationTests {
  @Test(arguments: [(4, 8, Size2d(3), 1), (8, 8, Size2d(5, 2), 4), (64, 32, 1, 1), (6, 12, 3, 6)])
  func bounds(inputs: Int, outputs: Int, kernel: Size2d, groups: Int) throws {
    var generator = SplitMix64(seed: 9)
    let bound = 1 / Double(inputs / groups * kernel.height * kernel.width).squareRoot()
    var drawn: [Double] = []
    for _ in 0..<20 {
      let layer = try Conv2d<Double>(
        inputChannels: inputs, outputChannels: outputs, kernelSize: kernel, groups: groups, using: &generator)
      let bias = try #require(layer.bias)
      #expect(layer.weight.value.scalars.allSatisfy { abs($0) <= bound })
      #expect(bias.value.scalars.allSatisfy { abs($0) <= bound })
      #expect(bias.value.scalars.contains { abs($0) > bound / 2 })
      drawn += layer.weight.value.scalars
    }
    // The edges are approached, and mean and variance are those of the uniform distribution: 0 and b² / 3.
    let count = Double(drawn.count)
    let mean = drawn.reduce(0, +) / count
    let variance = drawn.reduce(0) { $0 + $1 * $1 } / count
    #expect(drawn.max()! > 0.97 * bound && drawn.min()! < -0.97 * bound)
    #expect(abs(mean) < 4 * bound / (3 * count).squareRoot())
    #expect(abs(variance / (bound * bound) - 1.0 / 3) < 4 * (4.0 / 45 / count).squareRoot())
  }

  @Test func sameSeedSameLayer() throws {
    func layer(seed: UInt64) throws -> Conv2d<Float> {
      var generator = SplitMix64(seed: seed)
      return try Conv2d(inputChannels: 3, outputChannels: 4, kernelSize: 3, using: &generator)
    }
    #expect(try layer(seed: 1).stateDictionary == layer(seed: 1).stateDictionary)
    #expect(try layer(seed: 1).stateDictionary != layer(seed: 2).stateDictionary)
  }

  /// Weight first, then bias, one number of 64 bits for each scalar; Float and Double draw the same but for rounding.
  @Test func orderOfDrawing() throws {
    var generator = SplitMix64(seed: 3)
    var twin = generator
    let layer = try Conv2d<Double>(inputChannels: 2, outputChannels: 3, kernelSize: 2, using: &generator)
    var inFloat = twin
    let narrow = try Conv2d<Float>(inputChannels: 2, outputChannels: 3, kernelSize: 2, using: &inFloat)
    let bound = 1 / 8.0.squareRoot()
    let expected = (0..<27).map { _ in (2 * (Double(twin.next() >> 11) * 0x1p-53) - 1) * bound }
    #expect(layer.weight.value.scalars == Array(expected.prefix(24)))
    #expect(layer.bias?.value.scalars == Array(expected.suffix(3)))
    #expect(narrow.weight.value.scalars == expected.prefix(24).map { Float($0) })
    #expect(generator.next() == twin.next())
  }

  @Test func layersDifferWithoutSeed() throws {
    let first = try Conv2d<Float>(inputChannels: 3, outputChannels: 4, kernelSize: 3)
    let second = try Conv2d<Float>(inputChannels: 3, outputChannels: 4, kernelSize: 3)
    #expect(first.weight.value != second.weight.value)
  }

  @Test func layerFromWeights() throws {
    let weight = try Tensor<Float>.counting([4, 3, 2, 5])
    let layer = try Conv2d(weight: weight, groups: 2)
    #expect((layer.inputChannels, layer.outputChannels, layer.kernelSize) == (6, 4, Size2d(2, 5)))
    #expect(layer.weight.value == weight)
    #expect(layer.bias == nil)
    #expect(layer.weight.requiresGradient && layer.weight.gradient == nil)
  }
}
