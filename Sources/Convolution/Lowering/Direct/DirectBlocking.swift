import CConvolutionKernels

/// How the direct kernel cuts up one group of an image. The parts of the reduction, which an output's sum depends on, follow
/// from the geometry alone; rows and output channels are dealt out so that staged rows stay in cache and every thread has
/// work.
struct DirectBlocking: Sendable {
  /// Output channels that the kernel computes side by side.
  static let panel = ConvolutionDirectPanel

  let channelsPerPart, rowsPerBlock: Int
  /// Ranges of blocks of rows, and of panels of output channels.
  let rowBlocks, outputParts: Int
  let panels: Int

  /// Products in a part of the reduction: what is staged for them stays in the second-level cache.
  private static let termsPerPart = 256
  private static let bytesPerBlock = 96 << 10
  private static let rowsPerBlock = 16
  /// Of the sums carried from part to part.
  private static let bytesOfSums = 256 << 10
  private static let tasksPerThread = 4
  /// With fewer panels to a task, staging would take a large part of the time.
  private static let fewestPanels = 4

  init(_ image: ImageGeometry, scalarSize: Int, batch: Int, threads: Int) {
    let channels = image.inputChannelsPerGroup
    let parts = SizeArithmetic.dividingUp(channels, by: max(1, Self.termsPerPart * 3 / 2 / image.taps))
    channelsPerPart = SizeArithmetic.dividingUp(channels, by: parts)
    panels = SizeArithmetic.dividingUp(image.outputChannelsPerGroup, by: Self.panel)
    let units = batch * image.groups

    let stagedWidth = image.columns.output + image.columns.kernel
    let rowsRead = min(image.rows.stride, image.rows.kernel)
    let bytesPerRow =
      channelsPerPart * rowsRead * stagedWidth * min(image.columns.stride, image.columns.kernel) * scalarSize
    let wantedBlocks = threads > 1 ? SizeArithmetic.dividingUp(Self.tasksPerThread * threads, by: units) : 1
    let rows = image.rows.output
    let mostRows = max(1, min(Self.rowsPerBlock, Self.bytesPerBlock / bytesPerRow))
    let blocks = max(
      SizeArithmetic.dividingUp(rows, by: mostRows), min(wantedBlocks, SizeArithmetic.dividingUp(rows, by: 4)))
    rowsPerBlock = SizeArithmetic.dividingUp(rows, by: blocks)
    rowBlocks = SizeArithmetic.dividingUp(rows, by: rowsPerBlock)

    let bytesPerPanel = rowsPerBlock * image.columns.output * Self.panel * scalarSize
    let mostPanels = channelsPerPart < channels ? max(1, Self.bytesOfSums / bytesPerPanel) : panels
    let wantedParts = threads > 1 ? SizeArithmetic.dividingUp(wantedBlocks, by: rowBlocks) : 1
    outputParts = max(
      SizeArithmetic.dividingUp(panels, by: mostPanels), min(wantedParts, max(1, panels / Self.fewestPanels)))
  }

  func rows(_ block: Int, of image: ImageGeometry) -> Range<Int> {
    block * rowsPerBlock..<min((block + 1) * rowsPerBlock, image.rows.output)
  }

  func outputs(_ part: Int, of image: ImageGeometry) -> Range<Int> {
    let panels = SizeArithmetic.part(part, of: outputParts, in: panels)
    return panels.lowerBound * Self.panel..<min(panels.upperBound * Self.panel, image.outputChannelsPerGroup)
  }
}
