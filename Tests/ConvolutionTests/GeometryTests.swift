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
    #expect(try layer.outputShape(for: [1, 1 << 30, 1 << 30]) == [1, 1 << 30, 1 << 30])
    #expect(try layer.outputShape(for: [1, 1, 1, Int.max / 4]) == [1, 1, 1, Int.max / 4])
    #expect(throws: ConvolutionError.self) { try layer.outputShape(for: [1, 1, 1, Int.max - 1]) }
  }

  /// Scalars that 64 bits can count, with bytes that they cannot: of the input, of the output, of one image of a batch
  /// that is empty. Nothing could hold them.
  @Test func uncountableBytes() throws {
    func expect(_ layer: Conv2d<some Any>, _ shape: [Int], _ name: String, _ operands: [Int]) {
      #expect(throws: ConvolutionError.sizeOverflow(name: "bytes of \(name)", operands: operands)) {
        try layer.outputShape(for: shape)
      }
    }
    let float = try Conv2d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 1)
    let double = try Conv2d<Double>(inputChannels: 1, outputChannels: 1, kernelSize: 1)
    #expect(try double.outputShape(for: [1, 1, Int.max / 8]) == [1, 1, Int.max / 8])
    expect(float, [1, 1, Int.max / 4 + 1], "one input image", [1, 1, 1 << 61, 4])
    expect(double, [1, 1, Int.max / 8 + 1], "one input image", [1, 1, 1 << 60, 8])
    expect(float, [0, 1, 1 << 31, 1 << 31], "one input image", [1, 1 << 31, 1 << 31, 4])
    expect(float, [1 << 40, 1, 1 << 10, 1 << 12], "input", [1 << 40, 1, 1 << 10, 1 << 12, 4])
    let wide = try Conv2d<Float>(inputChannels: 1, outputChannels: 8, kernelSize: 1)
    expect(wide, [1, 1, 1 << 59], "one output image", [8, 1, 1 << 59, 4])
    expect(wide, [1 << 40, 1, 1, 1 << 19], "output", [1 << 40, 8, 1, 1 << 19, 4])
    // A call says the same, where its input can be had.
    #expect(
      throws: ConvolutionError.sizeOverflow(name: "bytes of one input image", operands: [1, 1 << 31, 1 << 31, 4])
    ) {
      try float(Tensor(zeros: [0, 1, 1 << 31, 1 << 31]))
    }
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

  /// 12,000 combinations of sizes of every magnitude up to 2⁶³, negative ones among them: what fits 64 bits is accepted
  /// and has a plan for every algorithm that serves it, what does not is refused; nothing traps, wraps or takes long.
  @Test(.timeLimit(.minutes(15)), arguments: 0..<10)
  func sizesOfEveryMagnitude(part: Int) throws {
    var generator = SplitMix64(seed: UInt64(part))
    var accepted = 0
    for _ in 0..<1200 where try expectShape(RandomSizes(using: &generator)) { accepted += 1 }
    // Both answers are met often enough to mean something.
    #expect(accepted > 50 && accepted < 1150)
  }

  /// A layer and an input, most of them impossible.
  private struct RandomSizes {
    let groups, inputChannels, outputChannels, batch: Int
    let input, kernel, stride, dilation: (Int, Int)
    /// Top, bottom, left and right, or `nil` for `same`.
    let edges: [Int]?
    let mode: PaddingMode

    init(using generator: inout SplitMix64) {
      func size() -> Int { Int(generator.next() >> (1 + generator.next() % 63)) + (generator.next() % 2 == 0 ? 1 : 0) }
      func smallOrAny() -> Int {
        switch generator.next() % 128 {
        case 0: -size()
        case 1..<64: Int(generator.next() % 4) + 1
        default: size()
        }
      }
      groups = Int(generator.next() % 3) + 1
      inputChannels = groups * (Int(generator.next() % 3) + 1)
      outputChannels = groups * (Int(generator.next() % 3) + 1)
      batch = smallOrAny() - 1
      input = (smallOrAny(), smallOrAny())
      kernel = (generator.next() % 4 == 0 ? smallOrAny() : Int(generator.next() % 3) + 1, smallOrAny())
      dilation = (smallOrAny(), smallOrAny())
      mode = generator.next() % 2 == 0 ? .zeros : PaddingMode.allCases[Int(generator.next() % 4)]
      let isSame = generator.next() % 4 == 0
      stride = isSame ? (1, 1) : (smallOrAny(), smallOrAny())
      edges = isSame ? nil : [smallOrAny(), smallOrAny(), smallOrAny(), smallOrAny()]
    }

    var padding: Padding {
      edges.map { Padding.explicit(top: $0[0], bottom: $0[1], left: $0[2], right: $0[3]) } ?? .same
    }

    func makeConfiguration() throws(ConvolutionError) -> ConvolutionConfiguration {
      try ConvolutionConfiguration(
        inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: Size2d(kernel.0, kernel.1),
        stride: Size2d(stride.0, stride.1), padding: padding, dilation: Size2d(dilation.0, dilation.1), groups: groups,
        paddingMode: mode)
    }

    func makeLayer() throws -> Conv2d<Float> {
      try Conv2d(
        inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: Size2d(kernel.0, kernel.1),
        stride: Size2d(stride.0, stride.1), padding: padding, dilation: Size2d(dilation.0, dilation.1), groups: groups,
        paddingMode: mode)
    }
  }

  /// - Returns: Whether the shape was accepted.
  private func expectShape(_ sizes: RandomSizes) throws -> Bool {
    let (input, kernel, edges) = (sizes.input, sizes.kernel, sizes.edges)
    let (stride, dilation) = (sizes.stride, sizes.dilation)
    let positive = [kernel.0, kernel.1, stride.0, stride.1, dilation.0, dilation.1, input.0, input.1]
    let isPositive = positive.allSatisfy { $0 >= 1 } && sizes.batch >= 0 && (edges ?? []).allSatisfy { $0 >= 0 }
    let rows = WideAxis(
      input: input.0, kernel: kernel.0, stride: max(1, stride.0), dilation: dilation.0,
      padding: edges.map { ($0[0], $0[1]) })
    let columns = WideAxis(
      input: input.1, kernel: kernel.1, stride: max(1, stride.1), dilation: dilation.1,
      padding: edges.map { ($0[2], $0[3]) })
    func fits(_ factors: [Int128]) -> Bool {
      var product: Int128 = 1
      for factor in factors {
        let (next, overflow) = product.multipliedReportingOverflow(by: factor)
        if overflow || next > Int128(Int.max) { return factors.contains(0) }
        product = next
      }
      return true
    }
    /// Whether the padding mode has as many pixels to copy.
    func canFill(_ axis: WideAxis, _ size: Int, _ edges: ArraySlice<Int>?) -> Bool {
      let span = axis.extent - 1
      let paddings = edges.map { $0.map { Int128($0) } } ?? [span / 2, span - span / 2]
      switch sizes.mode {
      case .zeros, .replicate: return true
      case .reflect: return paddings.allSatisfy { $0 <= Int128(size) - 1 }
      case .circular: return paddings.allSatisfy { $0 <= Int128(size) }
      }
    }
    let (inputs, outputs, batch) = (Int128(sizes.inputChannels), Int128(sizes.outputChannels), Int128(sizes.batch))
    let isLegal =
      isPositive && fits([outputs, inputs / Int128(sizes.groups), Int128(kernel.0), Int128(kernel.1)])
      && rows.fits && columns.fits && rows.extent <= rows.padded && columns.extent <= columns.padded
      && canFill(rows, input.0, edges?[0..<2]) && canFill(columns, input.1, edges?[2..<4])
      && fits([inputs, Int128(input.0), Int128(input.1)]) && fits([batch, inputs, Int128(input.0), Int128(input.1)])
      && fits([outputs, rows.output, columns.output]) && fits([batch, outputs, rows.output, columns.output])
    let inputShape = [sizes.batch, sizes.inputChannels, input.0, input.1]
    do throws(ConvolutionError) {
      let geometry = try Geometry(sizes.makeConfiguration(), inputShape: inputShape)
      #expect(isLegal)
      #expect(geometry.outputShape == [sizes.batch, sizes.outputChannels, Int(rows.output), Int(columns.output)])
      try expectPlans(geometry.image, in: Float.self)
      try expectPlans(geometry.image, in: Double.self)
    } catch {
      #expect(!isLegal, "\(error)")
      return false
    }
    // The same through the public entry point, where the weight is not too large to make, and for bytes in place of scalars.
    if kernel.0 < 64 && kernel.1 < 64 {
      let bytesFit =
        fits([inputs, Int128(input.0), Int128(input.1), 4])
        && fits([batch, inputs, Int128(input.0), Int128(input.1), 4])
        && fits([outputs, rows.output, columns.output, 4]) && fits([batch, outputs, rows.output, columns.output, 4])
      let layer = try sizes.makeLayer()
      do throws(ConvolutionError) {
        let shape = try layer.outputShape(for: inputShape)
        #expect(bytesFit)
        #expect(shape == [sizes.batch, sizes.outputChannels, Int(rows.output), Int(columns.output)])
      } catch {
        #expect(!bytesFit, "\(error)")
        guard case .sizeOverflow = error else { Issue.record(error); return true }
      }
    }
    return true
  }

  /// Any algorithm makes a plan or says that it cannot serve; `automatic` and im2col always serve.
  private func expectPlans<Scalar: ConvolutionScalar>(
    _ image: ImageGeometry, in type: Scalar.Type
  ) throws(ConvolutionError) {
    for algorithm in ConvolutionAlgorithm.allCases {
      for precision in [Precision.standard, .strict] {
        do throws(ConvolutionError) {
          _ = try Plan(image, scalar: type, algorithm: algorithm, precision: precision)
        } catch .algorithmUnavailable(algorithm, _) where algorithm != .automatic && algorithm != .im2col {
          continue
        }
      }
    }
  }
}
