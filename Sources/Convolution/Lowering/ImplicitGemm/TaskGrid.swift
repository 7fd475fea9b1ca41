import CConvolutionKernels

/// How a batch is cut up for the threads: by groups, images or sets of small ones, blocks of pixels, and ranges of panels of
/// output channels. No output depends on it.
struct TaskGrid: Sendable {
  let pixelsPerBlock, columnsPerBlock, panelsPerTask: Int
  /// Whether sums must be kept apart until they are whole.
  let keepsSums: Bool
  let stagedLanes: ConvolutionStagedLanes
  let tasks: Int

  private let gemm: ImplicitGemm
  private let batch, imagesPerBlock: Int
  /// Blocks of one set of images and group, some of them empty.
  private let blocksPerRegion, blocks: Int
  /// With staged rows a region's blocks are rectangles, so many side by side.
  private let columnParts: Int
  private let panels, panelParts: Int
  /// What blocks but the last of a region hold a multiple of: a tile's lanes.
  private let grain: Int

  init(_ gemm: ImplicitGemm, batch: Int, threads: Int) {
    self.gemm = gemm
    self.batch = batch
    let sizes = BlockSizes(gemm)
    grain = sizes.grain
    panels = sizes.panels
    let largest = gemm.regions.mostRows * gemm.regions.mostColumns
    let regions = gemm.regions.rows.count * gemm.regions.columns.count
    let wanted = threads == 1 ? 1 : sizes.tasksPerThread * threads
    let isStaged = gemm.source.hasStagedRows
    stagedLanes = sizes.stagedLanes(batch: batch)

    // Images with few pixels share a block.
    let isPacked = !isStaged && gemm.source != ConvolutionSourceInPlace
    let canShare = isPacked && largest < BlockSizes.pixelsOfSmallImage
    let shared = canShare ? max(1, sizes.mostPixels / largest) : 1
    imagesPerBlock =
      stagedLanes == ConvolutionStagedLanesOfImages
      ? sizes.lanes : max(1, min(shared, SizeArithmetic.dividingUp(batch * gemm.groups, by: wanted), batch))
    let units = SizeArithmetic.dividingUp(batch, by: imagesPerBlock) * gemm.groups
    let wantedOfUnit = SizeArithmetic.dividingUp(wanted, by: units * regions)

    let sharesPanels = sizes.sharesPanels(units: units, pixels: largest, threads: threads)

    if isStaged {
      let (height, width) = (gemm.rows.output, gemm.columns.output)
      columnParts = SizeArithmetic.dividingUp(width, by: sizes.mostColumns)
      columnsPerBlock = SizeArithmetic.dividingUp(width, by: columnParts)
      let mostRows = imagesPerBlock > 1 ? sizes.mostRowsOfImages : max(1, sizes.mostPixels / columnsPerBlock)
      let rowParts = max(
        SizeArithmetic.dividingUp(height, by: mostRows),
        min(
          SizeArithmetic.dividingUp(wantedOfUnit, by: columnParts), SizeArithmetic.dividingUp(height, by: 4),
          max(1, height * columnsPerBlock * imagesPerBlock / sizes.fewestStagedPixels)))
      blocksPerRegion = rowParts * columnParts
      pixelsPerBlock = SizeArithmetic.dividingUp(height, by: rowParts) * columnsPerBlock
    } else {
      let pixels = largest * imagesPerBlock
      let grains = SizeArithmetic.dividingUp(pixels, by: grain)
      columnParts = 1
      columnsPerBlock = gemm.columns.output
      let fewest = SizeArithmetic.dividingUp(grains, by: max(1, sizes.mostPixels / grain))
      // As many for each thread as for the others.
      let most = min(wantedOfUnit, max(1, largest / max(grain, BlockSizes.fewestPixels)))
      let even = most > threads ? most / threads * threads : most
      blocksPerRegion = imagesPerBlock > 1 || sharesPanels ? fewest : max(fewest, even)
      pixelsPerBlock = min(pixels, SizeArithmetic.dividingUp(grains, by: blocksPerRegion) * grain)
    }
    blocks = regions * blocksPerRegion
    keepsSums =
      gemm.outputSteps.column != 1 || gemm.outputSteps.row != gemm.columns.output || gemm.regions.columns.count > 1
      || imagesPerBlock > 1

    let mostPanels = sizes.mostPanels(
      pixels: isStaged ? pixelsPerBlock * imagesPerBlock : pixelsPerBlock,
      keepsSums: keepsSums || gemm.summation.keepsRests)
    panelParts = max(
      SizeArithmetic.dividingUp(panels, by: mostPanels),
      min(panels, threads == 1 ? 1 : SizeArithmetic.dividingUp(sharesPanels ? wanted : threads, by: units * blocks)))
    panelsPerTask = SizeArithmetic.dividingUp(panels, by: panelParts)
    tasks = units * blocks * panelParts
  }

  /// A block of pixels of one set of images and group, and the panels that are computed for it.
  struct Task {
    var image, group: Int
    var block: ConvolutionGemmBlock
    var panels: Range<Int>
  }

  func task(_ index: Int) -> Task {
    let (rest, panelPart) = index.quotientAndRemainder(dividingBy: panelParts)
    let (unit, blockIndex) = rest.quotientAndRemainder(dividingBy: blocks)
    let (set, group) = unit.quotientAndRemainder(dividingBy: gemm.groups)
    let image = set * imagesPerBlock
    return Task(
      image: image, group: group, block: block(blockIndex, images: min(imagesPerBlock, batch - image)),
      panels: SizeArithmetic.part(panelPart, of: panelParts, in: panels))
  }

  /// A part of one of the regions.
  private func block(_ index: Int, images: Int) -> ConvolutionGemmBlock {
    let (region, part) = index.quotientAndRemainder(dividingBy: blocksPerRegion)
    let rows = gemm.regions.rows[region / gemm.regions.columns.count]
    let columns = gemm.regions.columns[region % gemm.regions.columns.count]
    guard !gemm.source.hasStagedRows else {
      let (row, column) = part.quotientAndRemainder(dividingBy: columnParts)
      let height = SizeArithmetic.part(row, of: blocksPerRegion / columnParts, in: rows.count)
      let width = SizeArithmetic.part(column, of: columnParts, in: columns.count)
      return ConvolutionGemmBlock(
        firstRow: height.lowerBound, firstColumn: width.lowerBound, rows: height.count, columns: width.count,
        firstPixel: 0, pixels: height.count * width.count, firstRowTap: 0, rowTaps: rows.tapCount, firstColumnTap: 0,
        columnTaps: columns.tapCount, images: images)
    }
    let pixels = rows.count * columns.count * images
    let grains = SizeArithmetic.part(part, of: blocksPerRegion, in: SizeArithmetic.dividingUp(pixels, by: grain))
    let first = min(grains.lowerBound * grain, pixels)
    return ConvolutionGemmBlock(
      firstRow: rows.first, firstColumn: columns.first, rows: rows.count, columns: columns.count, firstPixel: first,
      pixels: min(grains.upperBound * grain, pixels) - first, firstRowTap: rows.firstTap, rowTaps: rows.tapCount,
      firstColumnTap: columns.firstTap, columnTaps: columns.tapCount, images: images)
  }
}

/// The sizes of blocks that a source of pixels works best with.
struct BlockSizes {
  /// Pixels of a block at most, and what they are a multiple of.
  let mostPixels, grain: Int
  /// Columns of a block at most, with staged rows; and rows, of images in the lanes.
  let mostColumns: Int
  private(set) var mostRowsOfImages = 0
  private var hasImages = false
  let lanes: Int
  /// Panels of output channels of a group.
  let panels: Int
  let tasksPerThread: Int
  private let bytesPerPixelOfSums, panelWidth: Int
  private let source: ConvolutionSource
  private let hasParts: Bool
  private let acrossRows: Bool

  /// Packed pixels stay in the second-level cache; those in place are read once for every panel.
  private static let (bytesOfPacked, bytesInPlace) = (128 << 10, 512 << 10)
  private static let (mostLanes, mostRows) = (2048, 256)
  /// Of staged rows, and the most output rows that they serve.
  private static let (bytesOfStaged, mostStagedRows, fewestStagedColumns) = (96 << 10, 16, 512)
  /// Blocks of staged rows are not cut smaller than this for more threads: the last tile of each is filled up.
  var fewestStagedPixels: Int { 24 * lanes }
  /// Of images in the lanes, and the fewest output rows of a block for these to pay.
  private static let (bytesOfImages, fewestRowsOfImages) = (512 << 10, 4)
  /// The share of vectors that summing across the ends of rows must leave, to pay.
  private static let mostShareAcrossRows = 0.95
  /// Of sums that are kept apart.
  private static let (bytesOfSums, bytesOfStagedSums) = (2 << 20, 256 << 10)
  /// Blocks are not cut smaller than this for more threads.
  static let fewestPixels = 96
  /// Smaller images share a block.
  static let pixelsOfSmallImage = 64

  init(_ gemm: ImplicitGemm) {
    source = gemm.source
    lanes = AlgorithmChoice.lanes(gemm.level, scalarSize: gemm.scalarSize)
    let lanesOfTile = 2 * lanes
    let bytesPerPixel = gemm.termsPerPart * gemm.scalarSize
    bytesPerPixelOfSums = gemm.scalarSize
    hasParts = gemm.termsPerPart < gemm.reduction
    switch source {
    case ConvolutionSourcePackedRows:
      (grain, panelWidth, mostPixels, tasksPerThread) = (1, lanesOfTile, Self.mostRows, 1)
      (mostColumns, acrossRows) = (gemm.columns.output, false)
    case ConvolutionSourceStagedRows, ConvolutionSourceStagedFactors:
      let areFactors = source == ConvolutionSourceStagedFactors
      let (rows, columns) = (gemm.rows, gemm.columns)
      let bytes = gemm.termsPerPart / gemm.taps * min(columns.stride, columns.kernel) * gemm.scalarSize
      let shift = (columns.kernel - 1) * columns.dilation / columns.stride
      mostColumns = max(Self.fewestStagedColumns, Self.bytesOfStaged / (bytes * rows.kernel) - shift)
      let width = min(columns.output, mostColumns) + shift
      let fitting = max(1, Self.bytesOfStaged / (bytes * min(rows.stride, rows.kernel) * width))
      let vectorsOfRow = SizeArithmetic.dividingUp(columns.output, by: lanes) * lanes
      let across = SourceChoice.vectorsAcrossRows(rows, columns, count: min(rows.output, fitting), lanes: lanes)
      acrossRows =
        !areFactors
        && across.map { $0 * Double(columns.output) <= Self.mostShareAcrossRows * Double(vectorsOfRow) } ?? false
      (grain, panelWidth) = areFactors ? (1, lanesOfTile) : (lanesOfTile, AlgorithmChoice.stagedRows)
      let mostRows = acrossRows ? fitting : min(Self.mostStagedRows, fitting)
      (mostPixels, tasksPerThread) = (mostRows * min(columns.output, mostColumns), 4)
      if columns.output <= lanes && !areFactors {
        let width = Double(columns.output - 1) * Double(columns.stride) + Double(columns.extent)
        let bytesOfRow = width * Double(gemm.termsPerPart / gemm.taps * gemm.scalarSize * lanes)
        let most = (Double(Self.bytesOfImages) / bytesOfRow - Double(rows.extent)) / Double(rows.stride) + 1
        hasImages = most >= Double(min(rows.output, Self.fewestRowsOfImages))
        mostRowsOfImages = hasImages ? Int(min(most, Double(rows.output))) : 0
      }
    default:
      (mostColumns, acrossRows) = (gemm.columns.output, false)
      let bytes = source == ConvolutionSourceInPlace ? Self.bytesInPlace : Self.bytesOfPacked
      (grain, panelWidth) = (lanesOfTile, AlgorithmChoice.tileRows(gemm.level))
      (mostPixels, tasksPerThread) = (max(lanesOfTile, min(Self.mostLanes, bytes / bytesPerPixel)), 4)
    }
    panels = SizeArithmetic.dividingUp(gemm.outputChannels, by: panelWidth)
  }

  /// What the lanes hold: images, where there are enough of small ones. No output depends on it.
  func stagedLanes(batch: Int) -> ConvolutionStagedLanes {
    batch >= lanes && hasImages
      ? ConvolutionStagedLanesOfImages
      : acrossRows ? ConvolutionStagedLanesAcrossRows : ConvolutionStagedLanesOfRow
  }

  /// Whether threads share out an image's panels, not its pixels. Where these are in place nothing is packed twice then: where it is
  /// the more even. Packed rows of few pixels and many channels: their outputs lie channel by channel, and parts of one would
  /// share lines of the caches.
  func sharesPanels(units: Int, pixels: Int, threads: Int) -> Bool {
    func busyShare(of count: Int) -> Double {
      Double(count) / Double(SizeArithmetic.dividingUp(count, by: threads) * threads)
    }
    switch source {
    case ConvolutionSourceInPlace:
      return busyShare(of: units * panels) > busyShare(of: units * SizeArithmetic.dividingUp(pixels, by: grain))
    case ConvolutionSourcePackedRows:
      return units < threads && pixels <= Self.mostRows && panels >= Self.fewestSharedPanels
    default: return false
    }
  }
  private static let fewestSharedPanels = 16

  /// How many panels a task may compute, for its sums to stay in cache.
  func mostPanels(pixels: Int, keepsSums: Bool) -> Int {
    let bytesPerPanel = (pixels + grain) * panelWidth * bytesPerPixelOfSums
    switch source {
    case ConvolutionSourceStagedRows, ConvolutionSourceStagedFactors:
      return hasParts ? max(1, Self.bytesOfStagedSums / bytesPerPanel) : panels
    case ConvolutionSourcePackedRows: return max(1, Self.bytesOfSums / bytesPerPanel)
    default: return keepsSums ? max(1, Self.bytesOfSums / bytesPerPanel) : panels
    }
  }
}
