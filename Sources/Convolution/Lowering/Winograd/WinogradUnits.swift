import CConvolutionKernels

/// The units of work of a call, blocks of tiles of one group each, and their input.
@safe struct WinogradUnits {
  let convolution: WinogradConvolution
  let blocking: WinogradBlocking
  let batch: Int
  let level: ConvolutionInstructionSet
  let layer: ConvolutionWinogradLayer
  /// `nil` for a weight gradient.
  let locality: WinogradLocality?
  /// Scalars of scratch in which the kernels transform filters that are not kept so.
  let filterScratch: Int
  /// Scalars that the budget has room for beside the tables.
  let room: Int

  /// Calls `body` with the units of a call.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``, or what `body` throws.
  static func with<R>(
    _ convolution: WinogradConvolution, blocking: WinogradBlocking, batch: Int,
    level: ConvolutionInstructionSet, locality: WinogradLocality? = nil, filterScratch: Int = 0,
    _ body: (WinogradUnits) throws(ConvolutionError) -> R
  ) throws(ConvolutionError) -> R {
    try Workspace.withScalars(tableCount(of: convolution), of: Int32.self) { tables throws(ConvolutionError) in
      fillTables(of: convolution, tables)
      return unsafe try body(
        WinogradUnits(
          convolution, blocking: blocking, batch: batch, level: level, locality: locality, tables: tables,
          filterScratch: filterScratch))
    }
  }

  /// Units of images that follow each other.
  ///
  /// - Parameters:
  ///   - tables: What ``fillTables(of:_:)`` has written.
  ///   - inputImage: Scalars from one image to the next, where these do not follow each other.
  ///   - outputImage: The same of the output.
  ///   - filterScratch: Scalars of scratch in which the kernels transform filters that are not kept so.
  init(
    _ convolution: WinogradConvolution, blocking: WinogradBlocking, batch: Int, level: ConvolutionInstructionSet,
    locality: WinogradLocality?, tables: UnsafePointer<Int32>, inputImage: Int? = nil, outputImage: Int? = nil,
    filterScratch: Int = 0
  ) {
    let (rows, columns) = Self.tables(of: convolution)
    self.convolution = convolution
    self.blocking = blocking
    self.batch = batch
    self.level = level
    self.locality = locality
    self.filterScratch = filterScratch
    room = Self.room(for: convolution)
    unsafe layer = ConvolutionWinogradLayer(
      scheme: convolution.scheme, batch: batch,
      inputChannels: convolution.inputChannels, inputHeight: convolution.rows.input,
      inputWidth: convolution.columns.input,
      inputImageStride: inputImage ?? convolution.groups * convolution.inputGroupSize,
      outputChannels: convolution.outputChannels, outputHeight: convolution.outputHeight,
      outputWidth: convolution.outputWidth,
      outputImageStride: outputImage ?? convolution.groups * convolution.outputGroupSize,
      rows: rows.axis(in: tables, crop: convolution.phases?.croppedRows ?? 0),
      columns: columns.axis(in: tables + rows.count, crop: convolution.phases?.croppedColumns ?? 0))
  }

  private static func tables(of convolution: WinogradConvolution) -> (rows: WinogradTables, columns: WinogradTables) {
    (
      WinogradTables(map: convolution.rows, tiling: convolution.rowTiling),
      WinogradTables(map: convolution.columns, tiling: convolution.columnTiling)
    )
  }

  /// Integers of the tables of both axes.
  static func tableCount(of convolution: WinogradConvolution) -> Int {
    let (rows, columns) = tables(of: convolution)
    return rows.count + columns.count
  }

  /// Writes the tables of both axes.
  @safe static func fillTables(of convolution: WinogradConvolution, _ memory: UnsafeMutablePointer<Int32>) {
    let (rows, columns) = tables(of: convolution)
    unsafe rows.fill(memory)
    unsafe columns.fill(memory + rows.count)
  }

  /// Scalars of workspace for a convolution, beside its tables, whose integers are as large.
  static func room(for convolution: WinogradConvolution) -> Int {
    Workspace.budget / MemoryLayout<Float>.stride - tableCount(of: convolution)
  }

  /// A block of tiles, and the group it is computed for.
  struct Unit {
    var group: Int
    var block: ConvolutionWinogradBlock

    var tiles: Int { block.images * block.tileRows * block.tileColumns }
  }

  var count: Int { convolution.groups * blocking.blocks }

  /// The units of one group stand side by side. The first of them has the most and the largest tiles.
  func unit(_ index: Int) -> Unit {
    let (group, block) = index.quotientAndRemainder(dividingBy: blocking.blocks)
    let (rest, column) = block.quotientAndRemainder(dividingBy: blocking.columnParts)
    let (image, row) = rest.quotientAndRemainder(dividingBy: blocking.rowParts)
    let images = SizeArithmetic.part(image, of: blocking.imageParts, in: batch)
    let rows = convolution.rowTiling.tiles(ofPart: row, of: blocking.rowParts)
    let columns = convolution.columnTiling.tiles(ofPart: column, of: blocking.columnParts)
    return Unit(
      group: group,
      block: ConvolutionWinogradBlock(
        firstImage: images.lowerBound, images: images.count, firstTileRow: rows.lowerBound, tileRows: rows.count,
        firstTileColumn: columns.lowerBound, tileColumns: columns.count))
  }

  /// Channel blocks, and panels of output channels, of one group.
  var channelBlocks: Int { convolution_winograd_channel_blocks(level, convolution.inputChannels) }
  var panels: Int { convolution_winograd_panels(level, convolution.scheme, convolution.outputChannels) }

  /// Scalars of the largest unit's transformed input, in whole cache lines.
  ///
  /// - Parameter isLocal: Whether outputs are to be kept clear of large values that they do not read.
  func transformedInputSize(isLocal: Bool) -> Int {
    var (block, layer) = unsafe (unit(0).block, layer)
    return unsafe Self.aligned(
      convolution_winograd_transformed_input_size(level, &layer, &block, isLocal))
  }

  /// Scalars of scratch that one worker needs, in whole cache lines.
  var scratchSize: Int {
    var (block, layer) = unsafe (unit(0).block, layer)
    return unsafe Self.aligned(convolution_winograd_scratch_size(level, &layer, &block) + filterScratch)
  }

  /// A number of scalars, in whole cache lines.
  static func aligned(_ count: Int) -> Int { (count + 15) & ~15 }

  func transformInput(
    _ unit: Unit, of input: UnsafePointer<Float>, channelBlocks: Range<Int>,
    into transformedInput: UnsafeMutablePointer<Float>,
    magnitudes: UnsafeMutablePointer<Float>? = nil, scratch: UnsafeMutablePointer<Float>
  ) {
    var (block, layer) = unsafe (unit.block, layer)
    unsafe withLocality(of: unit) { locality in
      unsafe convolution_winograd_transform_input(
        level, &layer, &block, channelBlocks.lowerBound, channelBlocks.upperBound, locality,
        input + unit.group * convolution.inputGroupSize, transformedInput, magnitudes, scratch)
    }
  }

  /// Calls `body` with what keeps a unit's outputs local.
  func withLocality(of unit: Unit, _ body: (UnsafePointer<ConvolutionWinogradLocality>?) -> Void) {
    guard let locality else { return body(nil) }
    unsafe withUnsafePointer(to: locality.kernels(group: unit.group)) { unsafe body($0) }
  }
}
