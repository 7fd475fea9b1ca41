import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// One group of a small convolution on integers, whose sums are exact, for the kernels of the product by themselves. It is cut
/// into several blocks, panels, parts of the reduction and pieces of these, more than a plan would, and more pieces than are
/// added up in pairs.
struct GemmSample<Scalar: ConvolutionScalar> {
  let kernels: ConvolutionGemmKernels
  let rows, columns: AxisGeometry
  let gemm: ConvolutionGemm
  let images: Int
  let input, residual, outputGradient: [Scalar]
  var weight, bias: [Scalar]

  static var channels: (input: Int, output: Int) { (12, 37) }

  /// - Parameter isSpread: Whether outputs lie two columns apart, and several images share a block, where the source serves
  ///   that.
  init(
    _ source: ConvolutionSource, _ level: ConvolutionInstructionSet, isWide: Bool, isSpread: Bool,
    stagedLanes: ConvolutionStagedLanes = ConvolutionStagedLanesOfRow, keepsRests: Bool = false
  ) throws {
    unsafe kernels = Scalar.kernels(level).pointee.gemm.pointee
    let (isInPlace, isStaged) = (source == ConvolutionSourceInPlace, source.hasStagedRows)
    if isInPlace {
      rows = AxisGeometry(
        input: 3, output: 3, kernel: 1, stride: 1, dilation: 1, paddingBefore: 0, paddingAfter: 0, mode: .zeros)
      let width = isWide ? 37 : 5
      columns = AxisGeometry(
        input: width, output: width, kernel: 1, stride: 1, dilation: 1, paddingBefore: 0, paddingAfter: 0, mode: .zeros)
    } else {
      let isAcross = stagedLanes == ConvolutionStagedLanesAcrossRows
      rows = AxisGeometry(
        input: 5, output: isAcross ? 6 : 3, kernel: 3, stride: isAcross ? 1 : 2, dilation: 1, paddingBefore: 2,
        paddingAfter: 1, mode: .zeros)
      let (width, dilation) = (isWide ? 38 : 6, source == ConvolutionSourceStagedTaps ? 1 : 2)
      columns = AxisGeometry(
        input: width, output: width + 3 - 2 * dilation, kernel: 3, stride: 1, dilation: dilation, paddingBefore: 1,
        paddingAfter: 2, mode: .zeros)
    }
    images =
      stagedLanes == ConvolutionStagedLanesOfImages
      ? min(3, kernels.tileLanes / 2) : isSpread && !isInPlace && !isStaged ? 2 : 1
    let step = isSpread && !isInPlace ? 2 : 1
    let taps = rows.kernel * columns.kernel
    let (inputs, outputs) = Self.channels
    let inputImage = inputs * rows.input * columns.input
    let outputPlane = rows.output * columns.output * step
    let lanes = kernels.tileLanes
    let pixelsPerBlock = isStaged ? 2 * columns.output : source == ConvolutionSourcePackedRows ? 50 : 2 * lanes
    gemm = ConvolutionGemm(
      source: source, inputChannels: inputs, outputChannels: outputs, rows: rows.axis, columns: columns.axis,
      inputRow: columns.input, inputColumn: 1, outputPlane: outputPlane, outputRow: columns.output * step,
      outputColumn: step, inputImage: inputImage,
      outputImage: outputs * outputPlane, keepsSums: isSpread, termsPerPart: isStaged ? taps * 8 : isInPlace ? 7 : 70,
      pieceTerms: isSpread ? 3 : 1, pairwisePieces: isSpread ? 1 << ConvolutionPairwiseLevels : 16,
      keepsRests: keepsRests,
      pixelsPerBlock: pixelsPerBlock, columnsPerBlock: columns.output, stagedLanes: stagedLanes, isPaired: false,
      filterFormat: ConvolutionFilterFormatScalar)
    func integers(_ count: Int, seed: UInt64) throws -> [Scalar] {
      try Tensor<Scalar>.random([count], seed: seed, holding: .smallIntegers).scalars
    }
    input = try integers(images * inputImage, seed: 1)
    weight = try integers(outputs * inputs * taps, seed: 2)
    // One output channel is NaN, whatever becomes of it.
    var bias = try integers(outputs, seed: 3)
    bias[1] = .nan
    self.bias = bias
    residual = try integers(images * outputs * outputPlane, seed: 4)
    outputGradient = try integers(images * outputs * outputPlane, seed: 5)
  }

  /// A slope for each output channel, some of them negative.
  var slopes: [Scalar] { (0..<gemm.outputChannels).map { Scalar($0 - 9) / 4 } }

  var taps: Int { rows.kernel * columns.kernel }
  var reduction: Int { gemm.inputChannels * taps }

  /// What the outputs of a pixel read, channel by channel, tap by tap.
  func patch(image: Int, row: Int, column: Int) -> [Double] {
    (0..<reduction).map { term in
      let (channel, tap) = term.quotientAndRemainder(dividingBy: taps)
      let y = rows.source(tap: tap / columns.kernel, output: row)
      let x = columns.source(tap: tap % columns.kernel, output: column)
      if y == AxisGeometry.zero || x == AxisGeometry.zero { return 0 }
      return Double(input[image * gemm.inputImage + (channel * rows.input + y) * columns.input + x])
    }
  }

  /// The sums of products by plain loops, NaN where no output lies.
  func sums() -> [Double] {
    let filters = weight.map { Double($0) }
    var sums = [Double](repeating: .nan, count: residual.count)
    for image in 0..<images {
      for pixel in 0..<rows.output * columns.output {
        let (row, column) = pixel.quotientAndRemainder(dividingBy: columns.output)
        let patch = patch(image: image, row: row, column: column)
        let place = image * gemm.outputImage + row * gemm.outputRow + column * gemm.outputColumn
        for channel in 0..<gemm.outputChannels {
          var sum = 0.0
          for term in 0..<reduction { sum += filters[channel * reduction + term] * patch[term] }
          sums[place + channel * gemm.outputPlane] = sum
        }
      }
    }
    return sums
  }

  /// NaN beside a protected page, aligned as the kernels want their workspace.
  func workspace(bytes: Int) -> GuardedScalars<Scalar> {
    GuardedScalars(
      [Scalar](repeating: .nan, count: (bytes + 63) / 64 * 64 / MemoryLayout<Scalar>.stride), guarded: .behind)
  }

  /// The output, NaN where no output lies.
  func output(
    activation: ConvolutionEpilogueActivation, low: Double, high: Double, hasResidual: Bool, hasSlopes: Bool = false,
    filters format: WeightFormat = .full
  ) -> [Scalar] {
    var gemm = gemm
    gemm.filterFormat = format.kernels
    let panels = SizeArithmetic.dividingUp(gemm.outputChannels, by: kernels.panel_channels(gemm.source))
    let x = GuardedScalars(input, guarded: .behind)
    let (b, r) = (GuardedScalars(bias, guarded: .behind), GuardedScalars(residual, guarded: .behind))
    let s = GuardedScalars(slopes, guarded: .behind)
    let y = GuardedScalars([Scalar](repeating: .nan, count: residual.count), guarded: .behind)
    let packed = GuardedScalars(
      [Scalar](repeating: .nan, count: unsafe kernels.filter_size(&gemm)), guarded: .behind)
    unsafe weight.withUnsafeBufferPointer { weight in
      var view = unsafe ConvolutionFilterView(
        weights: weight.baseAddress!, outputStep: reduction, inputStep: taps, rowStep: columns.kernel, columnStep: 1,
        pairStep: 0)
      for panel in 0..<panels { unsafe kernels.pack_filters(&gemm, &view, panel, packed.start) }
    }
    // In 16 bits, in memory that ends at a protected page.
    let halves = GuardedScalars(
      format == .full ? [] : packed.scalars.map { format.bits(of: Float($0)) }, guarded: .behind)
    let filters = unsafe format == .full ? UnsafeRawPointer(packed.start) : UnsafeRawPointer(halves.start)
    var epilogue = unsafe ConvolutionEpilogue(
      bias: b.start, residual: hasResidual ? UnsafeRawPointer(r.start) : nil,
      slopes: hasSlopes ? UnsafeRawPointer(s.start) : nil, activation: activation, low: low, high: high)
    let memory = unsafe workspace(bytes: kernels.workspace_bytes(&gemm, panels))
    for block in blocks {
      var block = block
      // Panels from the first on, and from another.
      for range in [0..<panels / 3, panels / 3..<panels] where !range.isEmpty {
        unsafe kernels.multiply(
          &gemm, &block, &epilogue, x.start, filters, y.start, range.lowerBound, range.count, memory.start)
      }
    }
    extendLifetime((x, b, r, s, packed, halves, memory))
    return y.scalars
  }

  private var blocks: [ConvolutionGemmBlock] {
    func block(firstRow: Int, rows: Int, firstPixel: Int, pixels: Int) -> ConvolutionGemmBlock {
      ConvolutionGemmBlock(
        firstRow: firstRow, firstColumn: 0, rows: rows, columns: columns.output, firstPixel: firstPixel, pixels: pixels,
        firstRowTap: 0, rowTaps: self.rows.kernel, firstColumnTap: 0, columnTaps: columns.kernel,
        images: images)
    }
    if gemm.source.hasStagedRows {
      return stride(from: 0, to: rows.output, by: 2).map { row in
        let height = min(2, rows.output - row)
        return block(firstRow: row, rows: height, firstPixel: 0, pixels: height * columns.output)
      }
    }
    let pixels = images * rows.output * columns.output
    return stride(from: 0, to: pixels, by: gemm.pixelsPerBlock).map { first in
      block(firstRow: 0, rows: rows.output, firstPixel: first, pixels: min(gemm.pixelsPerBlock, pixels - first))
    }
  }
}
