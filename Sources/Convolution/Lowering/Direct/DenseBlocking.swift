import CConvolutionKernels

/// How the dense kernel cuts up one group of an image. The parts of the reduction, which an output's sum depends on, follow
/// from the geometry alone; rows and panels of output channels are dealt out so that every thread has work.
struct DenseBlocking: Sendable {
  let channelsPerPart, rowsPerBlock: Int
  /// Output channels in a panel, and the panels of a group.
  let panel, panels: Int
  /// Ranges of blocks of rows, and of panels.
  let rowBlocks, panelParts: Int

  /// A tap's weights of a part and a panel stay in the first-level cache.
  private static let channelsPerPart = 32
  private static let channelsPerPartOfPointwise = 128
  /// Staged rows, and sums carried from part to part.
  private static let bytesPerBlock = 2 << 20
  private static let tasksPerThread = 2

  init(
    _ image: ImageGeometry, scalarSize: Int, instructionSet: ConvolutionInstructionSet, batch: Int, threads: Int
  ) {
    let channels = image.inputChannelsPerGroup
    let parts = SizeArithmetic.dividingUp(
      channels, by: image.taps == 1 ? Self.channelsPerPartOfPointwise : Self.channelsPerPart)
    channelsPerPart = SizeArithmetic.dividingUp(channels, by: parts)
    panel = convolution_dense_panel(instructionSet, scalarSize)
    panels = SizeArithmetic.dividingUp(image.outputChannelsPerGroup, by: panel)

    let stagedColumns = min(image.columns.stride, image.columns.kernel) * (image.columns.output + image.columns.kernel)
    let stagedRows = min(image.rows.stride, image.rows.kernel)
    let bytesPerRow =
      (stagedRows * stagedColumns * channelsPerPart + image.columns.output * panels * panel) * scalarSize
    let rows = image.rows.output
    let units = batch * image.groups
    let wanted = threads > 1 ? Self.tasksPerThread * threads : 1
    let blocks = SizeArithmetic.dividingUp(rows, by: max(1, min(rows, Self.bytesPerBlock / bytesPerRow)))
    panelParts = min(panels, SizeArithmetic.dividingUp(wanted, by: units * blocks))
    let wantedBlocks = min(rows, SizeArithmetic.dividingUp(wanted, by: units * panelParts))
    rowsPerBlock = SizeArithmetic.dividingUp(rows, by: max(blocks, wantedBlocks))
    rowBlocks = SizeArithmetic.dividingUp(rows, by: rowsPerBlock)
  }

  func rows(_ block: Int, of image: ImageGeometry) -> Range<Int> {
    block * rowsPerBlock..<min((block + 1) * rowsPerBlock, image.rows.output)
  }

  func panels(_ part: Int) -> Range<Int> { SizeArithmetic.part(part, of: panelParts, in: panels) }
}
