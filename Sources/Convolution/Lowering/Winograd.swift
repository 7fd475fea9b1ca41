import CConvolutionKernels

/// Computes a ``WinogradConvolution`` of a batch.
///
/// The work is dealt out to units, a block of tiles of one group each. Where there are enough, every thread takes units
/// of its own; those left over are computed by all threads together, first the channels of the input, then the panels of
/// output channels. The kernels give the same bits either way.
@safe struct Winograd {
  let convolution: WinogradConvolution
  let filters: WinogradFilters
  /// `batch` images of `[C, H, W]`.
  let input: UnsafePointer<Float>
  /// `[O]`.
  let bias: UnsafePointer<Float>?
  /// `batch` images of `[O, Hout, Wout]`; every scalar is written.
  let output: UnsafeMutablePointer<Float>
  let batch: Int
  let threads: Int

  private var instructionSet: ConvolutionInstructionSet { filters.instructionSet }

  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run(keptFilters: KeptFilters) throws(ConvolutionError) {
    let transformedFilters = try filters.transformed(keptIn: keptFilters, threads: threads)
    let rows = WinogradTables(map: convolution.rows, tiling: convolution.rowTiling)
    let columns = WinogradTables(map: convolution.columns, tiling: convolution.columnTiling)
    try Workspace.withScalars(rows.count + columns.count, of: Int32.self) { tables throws(ConvolutionError) in
      let layer = unsafe layer(rows: rows.axis(in: tables), columns: columns.axis(in: tables + rows.count))
      unsafe try run(layer, transformedFilters.pointer(to: Float.self))
    }
  }

  private func run(
    _ layer: ConvolutionWinogradLayer, _ transformedFilters: UnsafePointer<Float>
  ) throws(ConvolutionError) {
    let blocking = WinogradBlocking(convolution, batch: batch)
    // The first block has the most and the largest tiles.
    let (transformedSize, scratchSize) = unsafe sizes(of: unit(0, blocking).block, layer)
    let most = Workspace.budget / MemoryLayout<Float>.stride
    let workers = max(1, min(threads, (most - transformedSize) / scratchSize))
    let areApart = workers * (transformedSize + scratchSize) <= most
    let units = blocking.unitsPerGroup * convolution.groups
    let unitsApart = areApart ? units / workers * workers : 0
    let transformedInputs = unitsApart > 0 ? workers : 1
    try Workspace.withScalars(transformedInputs * transformedSize + workers * scratchSize, of: Float.self) {
      workspace in
      let scratch = unsafe workspace + transformedInputs * transformedSize
      let channelBlocks = convolution_winograd_channel_blocks(instructionSet, convolution.inputChannels)
      Parallel.forEach(unitsApart, threads: workers) { index, worker in
        let unit = unit(index, blocking)
        let transformed = unsafe workspace + worker * transformedSize
        let scratch = unsafe scratch + worker * scratchSize
        unsafe transformInput(unit, layer, 0..<channelBlocks, transformed, scratch)
        unsafe multiply(unit, layer, 0..<filters.panels, transformedFilters, transformed, scratch)
      }
      for index in unitsApart..<units {
        let unit = unit(index, blocking)
        let inputParts = min(channelBlocks, workers)
        Parallel.forEach(inputParts, threads: workers) { part, worker in
          let range = SizeArithmetic.part(part, of: inputParts, in: channelBlocks)
          unsafe transformInput(unit, layer, range, workspace, scratch + worker * scratchSize)
        }
        let outputParts = min(filters.panels, workers)
        Parallel.forEach(outputParts, threads: workers) { part, worker in
          let range = SizeArithmetic.part(part, of: outputParts, in: filters.panels)
          unsafe multiply(unit, layer, range, transformedFilters, workspace, scratch + worker * scratchSize)
        }
      }
    }
  }

  /// A block of tiles, and the group it is computed for.
  private struct Unit {
    var group: Int
    var block: ConvolutionWinogradBlock
  }

  private func unit(_ index: Int, _ blocking: WinogradBlocking) -> Unit {
    let (rest, column) = index.quotientAndRemainder(dividingBy: blocking.columnParts)
    let (upper, row) = rest.quotientAndRemainder(dividingBy: blocking.rowParts)
    let (image, group) = upper.quotientAndRemainder(dividingBy: convolution.groups)
    let images = SizeArithmetic.part(image, of: blocking.imageParts, in: batch)
    let rows = SizeArithmetic.part(row, of: blocking.rowParts, in: convolution.rowTiling.count)
    let columns = SizeArithmetic.part(column, of: blocking.columnParts, in: convolution.columnTiling.count)
    return Unit(
      group: group,
      block: ConvolutionWinogradBlock(
        firstImage: images.lowerBound, images: images.count, firstTileRow: rows.lowerBound, tileRows: rows.count,
        firstTileColumn: columns.lowerBound, tileColumns: columns.count))
  }

  private func layer(rows: ConvolutionWinogradAxis, columns: ConvolutionWinogradAxis) -> ConvolutionWinogradLayer {
    unsafe ConvolutionWinogradLayer(
      scheme: convolution.scheme,
      inputChannels: convolution.inputChannels, inputHeight: convolution.rows.input,
      inputWidth: convolution.columns.input, inputImageStride: convolution.groups * inputGroupStride,
      outputChannels: convolution.outputChannels, outputHeight: convolution.rows.output,
      outputWidth: convolution.columns.output, outputImageStride: convolution.groups * outputGroupStride,
      rows: rows, columns: columns)
  }

  private var inputGroupStride: Int {
    convolution.inputChannels * convolution.rows.input * convolution.columns.input
  }

  private var outputGroupStride: Int {
    convolution.outputChannels * convolution.rows.output * convolution.columns.output
  }

  /// Scalars of a block's transformed input and of one worker's scratch, in whole cache lines.
  private func sizes(
    of block: ConvolutionWinogradBlock, _ layer: ConvolutionWinogradLayer
  ) -> (transformedInput: Int, scratch: Int) {
    var (block, layer) = unsafe (block, layer)
    func aligned(_ count: Int) -> Int { (count + 15) & ~15 }
    return unsafe (
      aligned(convolution_winograd_transformed_input_size(instructionSet, &layer, &block)),
      aligned(convolution_winograd_scratch_size(instructionSet, &layer, &block))
    )
  }

  private func transformInput(
    _ unit: Unit, _ layer: ConvolutionWinogradLayer, _ channelBlocks: Range<Int>,
    _ transformedInput: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
  ) {
    var (block, layer) = unsafe (unit.block, layer)
    unsafe convolution_winograd_transform_input(
      instructionSet, &layer, &block, channelBlocks.lowerBound, channelBlocks.upperBound,
      input + unit.group * inputGroupStride, transformedInput, scratch)
  }

  private func multiply(
    _ unit: Unit, _ layer: ConvolutionWinogradLayer, _ panels: Range<Int>, _ transformedFilters: UnsafePointer<Float>,
    _ transformedInput: UnsafePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
  ) {
    var (block, layer) = unsafe (unit.block, layer)
    var definition = unsafe filters.definition(group: unit.group)
    unsafe convolution_winograd_multiply(
      instructionSet, &layer, &block, panels.lowerBound, panels.upperBound, transformedInput,
      transformedFilters + unit.group * filters.sizePerGroup, &definition,
      bias.map { unsafe $0 + unit.group * convolution.outputChannels }, input + unit.group * inputGroupStride,
      output + unit.group * outputGroupStride, scratch)
  }
}
