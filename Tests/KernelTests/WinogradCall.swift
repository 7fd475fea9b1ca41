import CConvolutionKernels
import ReferenceConvolution
import TestSupport

@testable import Convolution

/// Winograd's kernels of one level on a layer of one group, all tiles of a batch in one block, beside protected pages.
/// Results hold NaN before.
@safe struct WinogradCall {
  let layer: Conv2d<Float>
  let convolution: WinogradConvolution
  let inputShape, outputShape: [Int]
  let input, weight, bias, residual, outputGradient: GuardedScalars<Float>
  let transformedFilters, transformedInput, transformedGradient, sums: GuardedScalars<Float>
  let output, gradientOfWeight: GuardedScalars<Float>
  let panels, channelBlocks: Int
  private let level: ConvolutionInstructionSet
  private let tables: GuardedScalars<Float>
  private let kernelLayer: ConvolutionWinogradLayer
  private let block: ConvolutionWinogradBlock
  private let inputMagnitudes, gradientMagnitudes, scratch: GuardedScalars<Float>

  init(
    _ tile: WinogradTile, kernel: Int = 3, stride: Int, inputs: Int, outputs: Int, height: Int, width: Int, batch: Int,
    guarded edge: GuardedScalars<Float>.Edge = .behind, _ level: ConvolutionInstructionSet
  ) throws {
    layer = try Conv2d(
      weight: .random([outputs, inputs, kernel, kernel], seed: 1), bias: .random([outputs], seed: 2),
      stride: Size2d(stride), padding: .symmetric(Size2d(kernel / 2)))
    inputShape = [batch, inputs, height, width]
    let geometry = try Geometry(layer.configuration, inputShape: inputShape)
    outputShape = geometry.outputShape
    convolution = WinogradConvolution(geometry.image, tile: tile)
    self.level = level

    func guarded(_ tensor: Tensor<Float>) -> GuardedScalars<Float> { GuardedScalars(tensor.scalars, guarded: edge) }
    // Whole lines, so that they begin at one.
    func poisoned(_ count: Int) -> GuardedScalars<Float> {
      GuardedScalars([Float](repeating: .nan, count: WinogradUnits.aligned(count)), guarded: edge)
    }
    (weight, bias) = (guarded(layer.weight.value), guarded(layer.bias!.value))
    input = guarded(try .random(inputShape, seed: 3))
    (residual, outputGradient) = (
      guarded(try .random(outputShape, seed: 4)), guarded(try .random(outputShape, seed: 5))
    )
    output = GuardedScalars([Float](repeating: .nan, count: residual.count), guarded: edge)
    gradientOfWeight = GuardedScalars([Float](repeating: .nan, count: weight.count), guarded: edge)

    // Integers of the same size.
    tables = poisoned(WinogradUnits.tableCount(of: convolution))
    let integers = unsafe UnsafeMutableRawPointer(tables.start).assumingMemoryBound(to: Int32.self)
    WinogradUnits.fillTables(of: convolution, integers)
    var kernelLayer = unsafe WinogradUnits(
      convolution, blocking: .forProducts(convolution, batch: batch, threads: 1), batch: batch, level: level,
      locality: nil,
      tables: integers
    ).layer
    var block = ConvolutionWinogradBlock(
      firstImage: 0, images: batch, firstTileRow: 0, tileRows: convolution.rowTiling.count, firstTileColumn: 0,
      tileColumns: convolution.columnTiling.count)
    panels = convolution_winograd_panels(level, convolution.scheme, outputs)
    channelBlocks = convolution_winograd_channel_blocks(level, inputs)
    let filterSize = panels * convolution_winograd_filter_panel_size(level, convolution.scheme, inputs)
    (transformedFilters, sums) = (poisoned(filterSize), poisoned(filterSize))
    transformedInput = unsafe poisoned(
      convolution_winograd_transformed_input_size(level, &kernelLayer, &block, false))
    transformedGradient = unsafe poisoned(
      panels * convolution_winograd_transformed_gradient_panel_size(level, &kernelLayer, &block))
    scratch = unsafe poisoned(
      convolution_winograd_scratch_size(level, &kernelLayer, &block)
        + convolution_winograd_filter_row_size(level, convolution.scheme, inputs))
    func zeros(_ channels: Int) -> GuardedScalars<Float> {
      let count = convolution_winograd_magnitudes_size(level, channels)
      return GuardedScalars([Float](repeating: 0, count: WinogradUnits.aligned(count)), guarded: edge)
    }
    // Of the output channels of whole panels.
    (inputMagnitudes, gradientMagnitudes) = (zeros(inputs), zeros(2 * outputs + 64))
    unsafe self.kernelLayer = kernelLayer
    self.block = block
  }

  /// Filters that the products transform while they read them, in place of transformed ones.
  private(set) var packed: (filters: GuardedScalars<UInt16>, format: WeightFormat)?

  /// Keeps the filters packed from now on, and forgets the others.
  mutating func packFilters(as format: WeightFormat) throws {
    let filters = unsafe WinogradFilters(convolution: convolution, weight: weight.start, level: level)
    let block = try filters.packed(as: format, threads: 1)
    let count =
      unsafe panels * Float.kernels(level).pointee.gemm.pointee.tileLanes * convolution.inputChannels
      * convolution.weights
    packed = unsafe (
      GuardedScalars(Array(UnsafeBufferPointer(start: block.pointer(to: UInt16.self), count: count)), guarded: .behind),
      format
    )
    extendLifetime(block)
    for scalars in [weight, transformedFilters] {
      for index in 0..<scalars.count { unsafe scalars.start[index] = .nan }
    }
  }

  private var filters: ConvolutionWinogradFilters {
    if let packed {
      return unsafe ConvolutionWinogradFilters(
        weights: nil, outputChannelStride: 0, inputChannelStride: 0, rotated: false,
        packed: packed.filters.start, format: packed.format.kernels)
    }
    return unsafe ConvolutionWinogradFilters(
      weights: weight.start, outputChannelStride: convolution.weights * convolution.inputChannels,
      inputChannelStride: convolution.weights, rotated: false,
      packed: nil, format: ConvolutionFilterFormatScalar)
  }

  /// Products of the transformed tiles, each with its sum.
  var operations: Int {
    func samples(_ tiling: WinogradTiling) -> Int {
      (0..<tiling.count).reduce(0) {
        $0 + WinogradTile.samples(outputs: tiling.size(at: $1), of: convolution.rows)
      }
    }
    return 2 * inputShape[0] * samples(convolution.rowTiling) * samples(convolution.columnTiling)
      * convolution.inputChannels * convolution.outputChannels
  }

  /// Two parts of a range, that every task need not begin at its beginning.
  private func parts(_ count: Int) -> [Range<Int>] { [0..<1, 1..<count].filter { !$0.isEmpty } }

  func transformFilters() {
    var filters = unsafe filters
    for range in parts(panels) {
      unsafe convolution_winograd_transform_filters(
        level, convolution.scheme, &filters, convolution.inputChannels, convolution.outputChannels, range.lowerBound,
        range.upperBound, transformedFilters.start)
    }
  }

  func transformInput(measures: Bool = false) {
    var (layer, block) = unsafe (kernelLayer, block)
    for range in parts(channelBlocks) {
      unsafe convolution_winograd_transform_input(
        level, &layer, &block, range.lowerBound, range.upperBound, nil, input.start, transformedInput.start,
        measures ? inputMagnitudes.start : nil, scratch.start)
    }
  }

  /// - Parameter limits: With a residual and these limits.
  func multiply(limits: ClosedRange<Double>? = nil) {
    var (layer, block, filters) = unsafe (kernelLayer, block, filters)
    var epilogue = unsafe ConvolutionEpilogue()
    unsafe epilogue.bias = UnsafeRawPointer(bias.start)
    if let limits {
      unsafe epilogue.residual = UnsafeRawPointer(residual.start)
      unsafe epilogue.activation = ConvolutionEpilogueActivationClamp
      unsafe (epilogue.low, epilogue.high) = (limits.lowerBound, limits.upperBound)
    }
    for range in parts(panels) {
      unsafe convolution_winograd_multiply(
        level, &layer, &block, range.lowerBound, range.upperBound, nil, transformedInput.start,
        transformedFilters.start, &filters, &epilogue, input.start, output.start, scratch.start)
    }
  }

  func transformOutputGradient() {
    var (layer, block) = unsafe (kernelLayer, block)
    for range in parts(panels) {
      unsafe convolution_winograd_transform_output_gradient(
        level, &layer, &block, range.lowerBound, range.upperBound, outputGradient.start, transformedGradient.start,
        gradientMagnitudes.start, scratch.start)
    }
  }

  func sumFilterGradient() {
    var (layer, block) = unsafe (kernelLayer, block)
    for range in parts(panels) {
      for positions in parts(Int(convolution_winograd_positions(convolution.scheme))) {
        unsafe convolution_winograd_sum_filter_gradient(
          level, &layer, &block, range.lowerBound, range.upperBound, Int32(positions.lowerBound),
          Int32(positions.upperBound), transformedInput.start, transformedGradient.start, sums.start, false)
      }
    }
  }

  func transformFilterGradient() {
    for range in parts(panels) {
      unsafe convolution_winograd_transform_filter_gradient(
        level, convolution.scheme, convolution.inputChannels, convolution.outputChannels, range.lowerBound,
        range.upperBound, sums.start, gradientOfWeight.start)
    }
  }

  /// Of magnitudes that the transforms have measured; changes them.
  func channelsOverlap() -> Bool {
    var layer = unsafe kernelLayer
    let room = GuardedScalars([Float](repeating: .nan, count: transformedInput.count), guarded: .behind)
    return unsafe convolution_winograd_channels_overlap(
      level, &layer, inputMagnitudes.start, gradientMagnitudes.start, input.start, outputGradient.start, room.start,
      room.count)
  }
}
