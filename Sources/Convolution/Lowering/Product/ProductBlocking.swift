import CConvolutionKernels

/// How the product kernel cuts up one group of an image. What an output's sum depends on, the taps that count and the parts
/// of the reduction, follows from the geometry alone; pixels and panels of output channels are dealt out so that every
/// thread has work.
struct ProductBlocking: Sendable {
  let channelsInLanes: Bool
  let termsPerPart, pixelsPerBlock: Int
  /// Output channels in a panel at most, and the panels of a group.
  let panel, panels: Int
  /// Blocks of pixels, some of them empty, and ranges of panels.
  let blocks, panelParts: Int
  private let segments: DenseSegments
  private let blocksPerRectangle: Int
  /// What blocks but the last of a rectangle hold a multiple of: a tile's lanes.
  private let grain: Int

  private static let mostTermsPerPart = 256
  /// Staged pixels stay in the second-level cache.
  private static let bytesOfPixels = 128 << 10
  private static let mostPixels = 2048
  private static let mostPixelsInRows = 256
  /// Of the sums kept apart while channels lie in the lanes.
  private static let bytesOfSums = 2 << 20
  /// What transposing an output costs, in products.
  private static let costOfTransposing = 10
  private static let tasksPerThread = 4
  private static let fewestPixels = 96

  init(
    _ image: ImageGeometry, segments: DenseSegments, scalarSize: Int, instructionSet: ConvolutionInstructionSet,
    batch: Int, threads: Int
  ) {
    let lanes = convolution_product_lanes(instructionSet, scalarSize)
    self.segments = segments
    let parts = SizeArithmetic.dividingUp(image.reduction, by: Self.mostTermsPerPart)
    termsPerPart = SizeArithmetic.dividingUp(image.reduction, by: parts)

    // Pixels in the lanes must follow each other in the output, and leave the lanes behind the last one idle.
    let tiles = SizeArithmetic.dividingUp(image.outputPixels, by: lanes)
    let idle = Double(tiles * lanes - image.outputPixels) / Double(tiles * lanes)
    channelsInLanes =
      segments.columns.count > 1 || idle * Double(image.reduction) > Double(Self.costOfTransposing)
    panel = channelsInLanes ? lanes : convolution_product_rows(instructionSet)
    panels = SizeArithmetic.dividingUp(image.outputChannelsPerGroup, by: panel)

    let units = batch * image.groups
    let mostPixels =
      channelsInLanes
      ? Self.mostPixelsInRows : max(lanes, min(Self.mostPixels, Self.bytesOfPixels / (termsPerPart * scalarSize)))
    let tasks = threads == 1 ? 1 : channelsInLanes ? threads : Self.tasksPerThread * threads
    grain = channelsInLanes ? 1 : lanes
    let rectangles = segments.rows.count * segments.columns.count
    let largest = segments.rows.map(\.count).max()! * segments.columns.map(\.count).max()!
    let grains = SizeArithmetic.dividingUp(largest, by: grain)
    let wanted = SizeArithmetic.dividingUp(tasks, by: units * rectangles)
    blocksPerRectangle = max(
      SizeArithmetic.dividingUp(grains, by: max(1, mostPixels / grain)),
      min(wanted, max(1, largest / Self.fewestPixels)))
    blocks = rectangles * blocksPerRectangle
    pixelsPerBlock = min(largest, SizeArithmetic.dividingUp(grains, by: blocksPerRectangle) * grain)

    let mostPanels = channelsInLanes ? max(1, Self.bytesOfSums / (pixelsPerBlock * panel * scalarSize)) : panels
    panelParts = max(
      SizeArithmetic.dividingUp(panels, by: mostPanels),
      min(panels, threads == 1 ? 1 : SizeArithmetic.dividingUp(threads, by: units * blocks)))
  }

  /// A part of one of the segments' rectangles.
  func block(_ index: Int) -> ConvolutionProductBlock {
    let (rectangle, part) = index.quotientAndRemainder(dividingBy: blocksPerRectangle)
    let rows = segments.rows[rectangle / segments.columns.count]
    let columns = segments.columns[rectangle % segments.columns.count]
    let pixels = rows.count * columns.count
    let grains = SizeArithmetic.part(
      part, of: blocksPerRectangle, in: SizeArithmetic.dividingUp(pixels, by: grain))
    let first = min(grains.lowerBound * grain, pixels)
    return ConvolutionProductBlock(
      firstRow: rows.first, firstColumn: columns.first, columns: columns.count, firstPixel: first,
      pixels: min(grains.upperBound * grain, pixels) - first, firstRowTap: rows.firstTap, rowTaps: rows.tapCount,
      firstColumnTap: columns.firstTap, columnTaps: columns.tapCount)
  }

  func panels(_ part: Int) -> Range<Int> { SizeArithmetic.part(part, of: panelParts, in: panels) }

  /// The output channels of a panel.
  func channels(ofPanel index: Int, of image: ImageGeometry) -> Range<Int> {
    let channels = image.outputChannelsPerGroup
    return channelsInLanes
      ? index * panel..<min((index + 1) * panel, channels) : SizeArithmetic.part(index, of: panels, in: channels)
  }
}
