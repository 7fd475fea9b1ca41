import CConvolutionKernels
import TestSupport

@testable import Convolution

/// A layer whose product one call computes.
struct ProductLayer {
  var source: ConvolutionSource
  var inputs, outputs, kernel, size: Int
  var word: String

  var nameOfSizes: String { "\(inputs)→\(outputs) \(kernel)x\(kernel) @\(size)" }
  var name: String { "\(nameOfSizes), \(word)" }
  var taps: Int { kernel * kernel }
  var operations: Int { 2 * inputs * outputs * taps * size * size }

  /// All of it in one block.
  var gemm: ConvolutionGemm {
    let axis = AxisGeometry(
      input: size, output: size, kernel: kernel, stride: 1, dilation: 1, paddingBefore: kernel / 2,
      paddingAfter: kernel / 2, mode: .zeros)
    let plane = size * size
    return ConvolutionGemm(
      source: source, inputChannels: inputs, outputChannels: outputs, rows: axis.axis, columns: axis.axis,
      inputRow: size, inputColumn: 1, outputPlane: plane, outputRow: size, outputColumn: 1, inputImage: inputs * plane,
      outputImage: outputs * plane,
      keepsSums: false, termsPerPart: min(256 / taps, inputs) * taps, pieceTerms: 64, pairwisePieces: 1,
      keepsRests: false, pixelsPerBlock: plane, columnsPerBlock: size,
      stagedLanes: ConvolutionStagedLanesOfRow, isPaired: false, filterFormat: ConvolutionFilterFormatScalar)
  }

  static let all = [
    ProductLayer(source: ConvolutionSourceInPlace, inputs: 64, outputs: 64, kernel: 1, size: 28, word: "in place"),
    ProductLayer(
      source: ConvolutionSourcePackedLanes, inputs: 64, outputs: 64, kernel: 3, size: 14, word: "packed lanes"),
    ProductLayer(
      source: ConvolutionSourcePackedRows, inputs: 256, outputs: 256, kernel: 1, size: 7, word: "packed rows"),
    ProductLayer(source: ConvolutionSourceStagedRows, inputs: 3, outputs: 64, kernel: 3, size: 56, word: "staged rows"),
  ]
}

/// The kernels of the product on a whole layer: all of a layer's output in one block, its operands ready.
struct GemmCall<Scalar: ConvolutionScalar> {
  private let kernels: ConvolutionGemmKernels
  private let gemm: ConvolutionGemm
  private let block: ConvolutionGemmBlock
  private let panels: Int
  private let input, weight, packed, bias, residual, output, workspace: GuardedScalars<Scalar>

  init(_ layer: ProductLayer, _ level: ConvolutionInstructionSet) throws {
    unsafe kernels = Scalar.kernels(level).pointee.gemm.pointee
    let (plane, taps) = (layer.size * layer.size, layer.taps)
    var gemm = layer.gemm
    block = ConvolutionGemmBlock(
      firstRow: 0, firstColumn: 0, rows: layer.size, columns: layer.size, firstPixel: 0, pixels: plane, firstRowTap: 0,
      rowTaps: layer.kernel, firstColumnTap: 0, columnTaps: layer.kernel, images: 1)
    panels = SizeArithmetic.dividingUp(layer.outputs, by: kernels.panel_channels(layer.source))
    func random(_ count: Int) throws -> GuardedScalars<Scalar> {
      GuardedScalars(try Tensor<Scalar>.random([count], seed: 1).scalars, guarded: .before)
    }
    input = try random(layer.inputs * plane)
    weight = try random(layer.outputs * layer.inputs * taps)
    packed = try random(unsafe kernels.filter_size(&gemm))
    bias = try random(layer.outputs)
    residual = try random(layer.outputs * plane)
    output = try random(layer.outputs * plane)
    workspace = try random(unsafe kernels.workspace_bytes(&gemm, panels) / MemoryLayout<Scalar>.stride + 64)
    self.gemm = gemm
    packFilters()
  }

  /// Scalars that packing reads and writes.
  var filterCount: Int { weight.count + packed.count }
  /// The same of `finish`.
  var finishCount: Int { 2 * output.count + residual.count }

  func packFilters() {
    var gemm = gemm
    let taps = gemm.rows.kernel * gemm.columns.kernel
    var view = unsafe ConvolutionFilterView(
      weights: weight.start, outputStep: gemm.inputChannels * taps, inputStep: taps, rowStep: gemm.columns.kernel,
      columnStep: 1, pairStep: 0)
    for panel in 0..<panels { unsafe kernels.pack_filters(&gemm, &view, panel, packed.start) }
  }

  /// Takes the output to outputs once more, where it lies.
  func finish() {
    var epilogue = unsafe epilogue
    unsafe kernels.finish(
      &epilogue, gemm.outputChannels, gemm.outputPlane, gemm.outputPlane, output.start)
  }

  func multiply(hasEpilogue: Bool) {
    var (gemm, block) = (gemm, block)
    var epilogue = unsafe hasEpilogue ? epilogue : ConvolutionEpilogue()
    unsafe kernels.multiply(
      &gemm, &block, &epilogue, input.start, packed.start, output.start, 0, panels, workspace.start)
  }
  private var epilogue: ConvolutionEpilogue {
    unsafe ConvolutionEpilogue(
      bias: bias.start, residual: UnsafeRawPointer(residual.start), slopes: nil,
      activation: ConvolutionEpilogueActivationClamp, low: 0, high: .infinity)
  }
}

/// The kernels of a weight's gradient on a whole layer: all panels and all of an image's blocks of rows in one call.
struct WeightGradientCall<Scalar: ConvolutionScalar> {
  private let kernels: ConvolutionGemmKernels
  private let gemm: ConvolutionGemm
  private let panels: Int
  private let input, outputGradient, sums, rests, result, workspace: GuardedScalars<Scalar>

  init(_ layer: ProductLayer, _ level: ConvolutionInstructionSet) throws {
    unsafe kernels = Scalar.kernels(level).pointee.gemm.pointee
    var gemm = layer.gemm
    // As many rows as a plan takes.
    let rows = min(max(1, 512 / layer.size), layer.size)
    gemm.source =
      layer.taps == 1
      ? ConvolutionSourcePackedLanes : layer.inputs > 16 ? ConvolutionSourceStagedChannels : ConvolutionSourceStagedTaps
    gemm.pixelsPerBlock = rows * layer.size
    panels = unsafe kernels.weight_gradient_panels(&gemm)
    func random(_ count: Int) throws -> GuardedScalars<Scalar> {
      GuardedScalars(try Tensor<Scalar>.random([count], seed: 1).scalars, guarded: .before)
    }
    (input, outputGradient) = (try random(gemm.inputImage), try random(gemm.outputImage))
    let count = panels * layer.outputs * kernels.tileLanes
    (sums, rests) = (try random(count), try random(count))
    result = try random(layer.outputs * layer.inputs * layer.taps)
    workspace = try random(
      unsafe kernels.weight_gradient_workspace_bytes(&gemm, panels) / MemoryLayout<Scalar>.stride + 64)
    self.gemm = gemm
  }

  /// Scalars of the sums, and of the gradient.
  var sumCount: Int { sums.count }
  var resultCount: Int { result.count }

  func sum() {
    var gemm = gemm
    let rows = gemm.pixelsPerBlock / gemm.columns.output
    let blocks = SizeArithmetic.dividingUp(gemm.rows.output, by: rows)
    var call = unsafe ConvolutionWeightGradient(
      input: input.start, outputGradient: outputGradient.start, firstBlock: 0, blocks: blocks, blocksPerImage: blocks,
      skipsPadding: true)
    unsafe kernels.weight_gradient(&gemm, &call, 0, panels, sums.start, rests.start, workspace.start)
  }

  /// Adds half of the sums to the other half.
  func add() {
    let half = sums.count / 2
    unsafe kernels.add_weight_gradient(sums.start, rests.start, sums.start + half, rests.start + half, half)
  }

  func store() {
    var gemm = gemm
    unsafe kernels.store_weight_gradient(&gemm, 0, panels, false, sums.start, rests.start, result.start)
  }
}
