@testable import Convolution
import ReferenceConvolution
import Testing

/// Output shapes, and sizes up to 2⁶³ against arithmetic in 128 bits.
struct GeometryTests {
  /// PyTorch's formula, worked out by hand for each row.
  @Test(arguments: [
    (Size2d(3), Size2d(1), Padding.symmetric(1), Size2d(1), [3, 32, 32], [5, 32, 32]),
    (3, 2, 1, 1, [3, 32, 31], [5, 16, 16]),
    (7, 2, 3, 1, [2, 3, 224, 224], [2, 5, 112, 112]),
    (Size2d(3, 5), Size2d(2, 1), .symmetric(Size2d(4, 2)), Size2d(3, 1), [20, 3, 50, 100], [20, 5, 26, 100]),
    (2, 5, 0, 1, [3, 13, 12], [5, 3, 3]),
    (4, 1, .same, 3, [3, 9, 8], [5, 9, 8]),
    (4, 1, .valid, 3, [3, 10, 11], [5, 1, 2]),
    (1, 1, .explicit(top: 1, bottom: 2, left: 3, right: 4), 1, [3, 2, 2], [5, 5, 9]),
  ])
  func outputShape(
    kernel: Size2d, stride: Size2d, padding: Padding, dilation: Size2d, input: [Int], expected: [Int]
  ) throws {
    let layer = try Conv2d<Float>(
      inputChannels: 3, outputChannels: 5, kernelSize: kernel, stride: stride, padding: padding, dilation: dilation)
    #expect(try layer.outputShape(for: input) == expected)
  }

  /// Nothing is allocated to infer a shape.
  @Test func enormousInput() throws {
    let layer = try Conv2d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 3, padding: 1)
    #expect(try layer.outputShape(for: [1, 1 << 31, 1 << 31]) == [1, 1 << 31, 1 << 31])
    #expect(try layer.outputShape(for: [1, 1, 1, Int.max - 2]) == [1, 1, 1, Int.max - 2])
    #expect(throws: ConvolutionError.self) { try layer.outputShape(for: [1, 1, 1, Int.max - 1]) }
  }

  /// An empty batch of images that are too large to be counted holds nothing, and yet its images cannot be convolved.
  @Test func emptyBatchOfUncountableImages() throws {
    let layer = try Conv2d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 1, stride: Size2d(1 << 40))
    let input = try Tensor<Float>(zeros: [0, 1, 1 << 40, 1 << 40])
    #expect(throws: ConvolutionError.self) { try layer(input) }
    #expect(throws: ConvolutionError.self) { try layer.outputShape(for: input.shape) }
  }

  /// What 128-bit arithmetic says about one axis.
  private struct WideAxis {
    var padded, extent: Int128
    var output: Int128
    var fits: Bool

    init(input: Int, kernel: Int, stride: Int, dilation: Int, padding: (Int, Int)?) {
      let limit = Int128(Int.max)
      let span = Int128(dilation) * (Int128(kernel) - 1)
      let total = padding.map { Int128($0.0) + Int128($0.1) } ?? span
      padded = Int128(input) + total
      extent = span + 1
      output = (padded - extent) / Int128(stride) + 1
      fits = padded <= limit && extent <= limit
    }
  }

  /// 10,000 combinations of sizes of every magnitude up to 2⁶³: shape inference accepts what fits 64 bits and refuses
  /// what does not; it never traps and never wraps.
  @Test(arguments: 0..<10)
  func sizesOfEveryMagnitude(part: Int) throws {
    var generator = SplitMix64(seed: UInt64(part))
    var accepted = 0
    for _ in 0..<1200 {
      func size() -> Int { Int(generator.next() >> (1 + generator.next() % 63)) + (generator.next() % 2 == 0 ? 1 : 0) }
      func smallOrAny() -> Int { generator.next() % 2 == 0 ? Int(generator.next() % 4) + 1 : size() }
      let input = (smallOrAny(), smallOrAny())
      let kernel = (Int(generator.next() % 3) + 1, smallOrAny())
      let stride = (smallOrAny(), smallOrAny())
      let dilation = (smallOrAny(), smallOrAny())
      let edges = [smallOrAny(), smallOrAny(), smallOrAny(), smallOrAny()]
      let isSame = generator.next() % 4 == 0
      let (batch, channels) = (smallOrAny() - 1, Int(generator.next() % 3) + 1)
      accepted +=
        try expectShape(
          input: input, kernel: kernel, stride: isSame ? (1, 1) : stride, dilation: dilation,
          edges: isSame ? nil : edges, batch: batch, channels: channels) ? 1 : 0
    }
    // Both answers are met often enough to mean something.
    #expect(accepted > 50 && accepted < 1150)
  }

  /// - Returns: Whether the shape was accepted.
  private func expectShape(
    input: (Int, Int), kernel: (Int, Int), stride: (Int, Int), dilation: (Int, Int), edges: [Int]?, batch: Int,
    channels: Int
  ) throws -> Bool {
    let padding = edges.map { Padding.explicit(top: $0[0], bottom: $0[1], left: $0[2], right: $0[3]) } ?? .same
    let sizes = [kernel.0, kernel.1, stride.0, stride.1, dilation.0, dilation.1]
    let rows = WideAxis(
      input: input.0, kernel: kernel.0, stride: max(1, stride.0), dilation: dilation.0,
      padding: edges.map { ($0[0], $0[1]) })
    let columns = WideAxis(
      input: input.1, kernel: kernel.1, stride: max(1, stride.1), dilation: dilation.1,
      padding: edges.map { ($0[2], $0[3]) })
    let limit = Int128(Int.max)
    func fits(_ factors: [Int128]) -> Bool {
      var product: Int128 = 1
      for factor in factors {
        let (next, overflow) = product.multipliedReportingOverflow(by: factor)
        if overflow || next > limit { return factors.contains(0) }
        product = next
      }
      return true
    }
    let isLegal =
      sizes.allSatisfy { $0 >= 1 } && batch >= 0 && input.0 >= 1 && input.1 >= 1
      && fits([Int128(channels * channels), Int128(kernel.0), Int128(kernel.1)])
      && rows.fits && columns.fits && rows.extent <= rows.padded && columns.extent <= columns.padded
      && fits([Int128(channels), Int128(input.0), Int128(input.1)])
      && fits([Int128(batch), Int128(channels), Int128(input.0), Int128(input.1)])
      && fits([Int128(channels), rows.output, columns.output])
      && fits([Int128(batch), Int128(channels), rows.output, columns.output])
    do throws(ConvolutionError) {
      let configuration = try ConvolutionConfiguration(
        inputChannels: channels, outputChannels: channels, kernelSize: Size2d(kernel.0, kernel.1),
        stride: Size2d(stride.0, stride.1), padding: padding, dilation: Size2d(dilation.0, dilation.1), groups: 1,
        paddingMode: .zeros)
      let geometry = try Geometry(configuration, inputShape: [batch, channels, input.0, input.1])
      #expect(isLegal)
      #expect(geometry.outputShape == [batch, channels, Int(rows.output), Int(columns.output)])
      return true
    } catch {
      #expect(!isLegal, "\(error)")
      return false
    }
  }
}
