import CConvolutionKernels

/// Every threshold by which an algorithm, or a source of pixels, is chosen. What they were measured with stands in the
/// article Architecture.
enum AlgorithmChoice {
  /// Regions are worth their ragged tiles where they leave out a twentieth of the products.
  static let mostComputedShare = 0.95

  /// Scalars of a vector.
  static func lanes(_ level: ConvolutionInstructionSet, scalarSize: Int) -> Int {
    (16 << Int(level.rawValue)) / scalarSize
  }

  /// Rows of a tile, and output channels of a panel with staged rows.
  static func tileRows(_ level: ConvolutionInstructionSet) -> Int {
    unsafe Float.kernels(level).pointee.gemm.pointee.tileRows
  }
  static var stagedRows: Int { unsafe Float.kernels(ConvolutionInstructionSetPortable).pointee.gemm.pointee.stagedRows }
}

extension ConvolutionSource {
  /// Whether rows of the input are staged for the product.
  var hasStagedRows: Bool { self == ConvolutionSourceStagedRows || self == ConvolutionSourceStagedFactors }
}

/// Where a product takes its pixels from, by an estimate of what each source costs: multiply-adds of a vector for one vector of
/// output pixels.
struct SourceChoice: Sendable, Hashable {
  let source: ConvolutionSource
  let regions: TapRegions
  let termsPerPart: Int
  /// Parts that the sum of an output has at most.
  let mostParts: Int
  /// The estimate, if there was one.
  let cost: Double

  /// What packing a vector costs: of neighbours, and of pixels that are a stride apart; and starting a row of them.
  private static let (packing, packingStrided, startingRow) = (9.0, 14.0, 48.0)
  /// What storing a vector of sums costs, from packed pixels and from staged rows; and how much slower the tile of these is.
  private static let (packedSum, stagedSum, stagedTile) = (6.0, 4.0, 1.04)
  /// What a term costs at least where a panel has few rows: its loads; and how much more it costs where staged rows are read for
  /// a single tap: once from the second-level cache for every panel, then from the first for the others.
  private static let (stagedLoads, stagedTap) = (2.0, 0.1)
  /// What storing a vector of a row costs behind staged rows that are summed across their ends; and a scalar of input or output
  /// whose neighbours lie apart.
  private static let (acrossSum, apart) = (6.0, 2.0)
  /// What staged rows may take of the cost of another source on maps whose images batches have in the lanes.
  private static let ofImages = 0.8
  /// How much slower the tile of staged factors is; and the rows that such a tile needs for its sums to hide their latency.
  private static let (factorsTile, factorsRows) = (1.04, 4.0)
  /// How much more staged factors cost on images of fewer pixels than these, which read every filter for themselves; packed
  /// pixels of several images share it.
  private static let (factorsOfFewPixels, fewPixels) = (1.2, 32)
  /// What staging a vector costs, and a scalar where columns are more than two apart.
  private static let (stagingVector, stagingScalar) = (4.0, 2.0)
  /// How much slower a tile of one vector is, whose loads count.
  private static let narrowTile = 1.3
  /// Bytes of a cache between lines of the same set.
  private static let bytesOfSets = 4096
  /// What transposing a vector of sums costs.
  private static let transposing = 12.0
  private static let mostTermsPerPart = 256
  /// Of staged rows: what is staged for a part stays in the second-level cache.
  private static let mostStagedTerms = 384
  /// A map is narrow, and its rows are in the lanes in place of its columns, where it is so many vectors high and less than one
  /// wide.
  private static let vectorsOfNarrow = 4

  /// The cheapest.
  init(
    rows: AxisGeometry, columns: AxisGeometry, inputChannels: Int, outputChannels: Int, lanes: Int, tileRows: Int,
    scalarSize: Int
  ) {
    let taps = rows.kernel * columns.kernel
    let reduction = inputChannels * taps
    let pixels = rows.output * columns.output
    let regions = TapRegions(rows, columns, lanes: lanes)
    // Planes a multiple of this apart share few sets of a cache: what one panel has read of them is not there for the next.
    let isApart = pixels % (Self.bytesOfSets / scalarSize) > 0 || outputChannels <= tileRows
    let mayBeInPlace =
      isApart && taps == 1
      && [rows, columns].allSatisfy { $0.stride == 1 && $0.paddingBefore == 0 && $0.input == $0.output }

    let (k, channels) = (Double(reduction), Double(outputChannels))
    // Channels in the lanes, the last ones in a tile of one vector where they do not need two.
    let panels = SizeArithmetic.dividingUp(outputChannels, by: lanes).quotientAndRemainder(dividingBy: 2)
    let channelVectors = Double(2 * panels.quotient) + Double(panels.remainder) * Self.narrowTile
    let all = max(1, Double(pixels) * Double(taps))
    let (share, filledShare) = (regions.products(lanes: 1) / all, regions.products(lanes: lanes) / all)
    let width = regions.mostColumns
    let rowStart = width < 2 * lanes ? Self.startingRow / Double(width) : 0
    let packing = mayBeInPlace ? 0 : (columns.stride == 1 ? Self.packing : Self.packingStrided) + rowStart
    let packedLanes = k * (filledShare * channels + share * packing) + channels * Self.packedSum
    // Rows of pixels are packed by themselves, a vector of channels at a time.
    let packedRows =
      share * (channelVectors * Double(lanes) * (k + Self.transposing) + k * (packing + 4) * 1.5)
    let staged = Self.stagedCost(rows, columns, reduction: reduction, outputChannels: outputChannels, lanes: lanes)
    // What a vector of output pixels has staged: a stride's rows and columns of every channel.
    let (rowSteps, columnSteps) = (min(rows.stride, rows.kernel), min(columns.stride, columns.kernel))
    let scalars = Double(inputChannels) * Double(rowSteps) * Double(columnSteps)
    let staging = scalars * (columns.stride > 2 ? Self.stagingScalar * Double(lanes) : Self.stagingVector)
    let tiles = SizeArithmetic.dividingUp(columns.output, by: tileRows)
    let factors =
      channelVectors * Double(lanes)
      * (k * Self.factorsTile * max(1, Self.factorsRows * Double(tiles) / Double(columns.output)) + Self.transposing)
      + staging
    var (cheapest, cost) = (ConvolutionSourcePackedLanes, packedLanes)
    if mayBeInPlace && pixels >= BlockSizes.pixelsOfSmallImage { cheapest = ConvolutionSourceInPlace }
    func consider(_ other: ConvolutionSource, _ otherCost: Double) {
      if otherCost < cost { (cheapest, cost) = (other, otherCost) }
    }
    consider(ConvolutionSourcePackedRows, packedRows)
    if taps > 1 && Self.fitsStaged(rows, columns, scalars: Workspace.budget / 16) {
      // Lanes that few channels would leave idle hold images, where a batch has as many.
      let mayHoldImages = columns.output <= lanes && outputChannels < lanes
      consider(ConvolutionSourceStagedRows, mayHoldImages ? staged * Self.ofImages : staged)
      let readsFewPixels = pixels < Self.fewPixels
      consider(ConvolutionSourceStagedFactors, readsFewPixels ? factors * Self.factorsOfFewPixels : factors)
    }
    self.init(cheapest, regions, rows: rows, columns: columns, inputChannels: inputChannels, cost: cost)
  }

  private static func stagedCost(
    _ rows: AxisGeometry, _ columns: AxisGeometry, reduction: Int, outputChannels: Int, lanes: Int
  ) -> Double {
    let width = AlgorithmChoice.stagedRows
    let channels = Double(SizeArithmetic.dividingUp(outputChannels, by: width) * width)
    let taps = Double(rows.kernel * columns.kernel)
    let products = max(Self.stagedLoads, channels) * Double(reduction) * (1 + Self.stagedTap / taps)
    let sums = (products + Double(outputChannels) * Self.stagedSum) * Self.stagedTile
    let ofRow = Double(SizeArithmetic.dividingUp(columns.output, by: lanes) * lanes) / Double(columns.output)
    guard let across = vectorsAcrossRows(rows, columns, count: rows.output, lanes: lanes) else { return sums * ofRow }
    return min(sums * ofRow, sums * across + Double(outputChannels) * Self.acrossSum * ofRow)
  }

  /// The vectors of so many rows of outputs that are summed across their ends, in those that the pixels would fill; `nil` where
  /// neighbours do not read neighbours.
  static func vectorsAcrossRows(_ rows: AxisGeometry, _ columns: AxisGeometry, count: Int, lanes: Int) -> Double? {
    guard rows.stride == 1, columns.stride == 1, columns.output < mostAcrossRows * lanes else { return nil }
    let pitch = columns.output - 1 + columns.extent - columns.sharedPadding
    let scalars = Double(count - 1) * Double(pitch) + Double(columns.output)
    return (scalars / Double(lanes)).rounded(.up) * Double(lanes) / Double(count * columns.output)
  }
  /// In wider maps the ends of rows hardly matter.
  private static let mostAcrossRows = 4

  /// Staged rows with rows and columns exchanged, where that is cheaper: they alone can read columns that lie apart.
  func withColumnsAsRows(
    rows: AxisGeometry, columns: AxisGeometry, inputChannels: Int, outputChannels: Int, lanes: Int
  ) -> SourceChoice? {
    let taps = rows.kernel * columns.kernel
    guard columns.output < lanes, rows.output >= Self.vectorsOfNarrow * lanes, taps > 1,
      Self.fitsStaged(columns, rows, scalars: Workspace.budget / 16)
    else { return nil }
    let inputs = Double(inputChannels * rows.input) * Double(columns.input) / Double(rows.output * columns.output)
    let moved = (inputs + Double(outputChannels)) * Double(lanes) * Self.apart
    let staged = Self.stagedCost(
      columns, rows, reduction: inputChannels * taps, outputChannels: outputChannels, lanes: lanes)
    guard staged + moved < cost else { return nil }
    return SourceChoice(
      ConvolutionSourceStagedRows, TapRegions(whole: columns, rows), rows: columns, columns: rows,
      inputChannels: inputChannels, cost: staged + moved)
  }

  /// A source that is chosen already.
  ///
  /// - Parameter regions: Of these axes.
  init(
    _ source: ConvolutionSource, _ regions: TapRegions, rows: AxisGeometry, columns: AxisGeometry, inputChannels: Int,
    cost: Double = 0
  ) {
    let taps = rows.kernel * columns.kernel
    self.source = source
    self.cost = cost
    if source.hasStagedRows {
      self.regions = TapRegions(whole: rows, columns)
      let parts = SizeArithmetic.dividingUp(inputChannels, by: max(1, Self.mostStagedTerms / taps))
      termsPerPart = taps * SizeArithmetic.dividingUp(inputChannels, by: parts)
      mostParts = parts
    } else {
      self.regions = regions
      let parts = SizeArithmetic.dividingUp(inputChannels * taps, by: Self.mostTermsPerPart)
      termsPerPart = SizeArithmetic.dividingUp(inputChannels * taps, by: parts)
      // Where taps are left out, those of every kernel row are a run by themselves.
      mostParts =
        regions.skipsPadding
        ? rows.kernel * SizeArithmetic.dividingUp(inputChannels * columns.kernel, by: termsPerPart) : parts
    }
  }

  /// Whether what one output row reads of a channel is a small part of the workspace.
  private static func fitsStaged(_ rows: AxisGeometry, _ columns: AxisGeometry, scalars: Int) -> Bool {
    let phases = min(columns.stride, columns.kernel)
    let (width, overflow) = (columns.output + (columns.kernel - 1) * columns.dilation / columns.stride)
      .multipliedReportingOverflow(by: phases)
    let (size, isLarge) = width.multipliedReportingOverflow(by: (rows.kernel - 1) * rows.dilation + 1)
    return !overflow && !isLarge && size <= scalars && rows.kernel * columns.kernel <= scalars / 64
  }
}

/// Where the gradient of a weight takes its pixels from, by an estimate of the same kind for one output pixel.
struct GradientSourceChoice: Sendable {
  let source: ConvolutionSource
  /// Blocks of output rows of an image.
  let blocksPerImage: Int

  /// What packing a vector of terms costs, and staging one of channels.
  private static let (packing, staging) = (32.0, 10.0)
  /// Pixels of a block: what is packed of them stays in the second-level cache, as what is staged does. No more than are
  /// summed at a time.
  private static let (packedPixels, stagedPixels, bytesOfStaged) = (512, 1024, 512 << 10)

  /// Whether the gradient of a 1x1 kernel is cheaper as its transpose.
  static func exchanges(_ image: ImageGeometry, tileLanes: Int) -> Bool {
    func cost(packed: Int, inPlace: Int) -> Double {
      Double(SizeArithmetic.dividingUp(packed, by: tileLanes)) * (Double(inPlace) + packing)
    }
    let (inputs, outputs) = (image.inputChannelsPerGroup, image.outputChannelsPerGroup)
    return cost(packed: outputs, inPlace: inputs) < cost(packed: inputs, inPlace: outputs)
  }

  init(_ image: ImageGeometry, scalarSize: Int, lanes: Int) {
    let (rows, columns) = (image.rows, image.columns)
    let (inputs, outputs) = (image.inputChannelsPerGroup, Double(image.outputChannelsPerGroup))
    func vectors(_ count: Int) -> Int { SizeArithmetic.dividingUp(count, by: lanes) }

    var (source, rowsPerBlock) = (ConvolutionSourcePackedLanes, max(1, Self.packedPixels / columns.output))
    var cheapest = Double(vectors(image.reduction)) * (outputs + Self.packing)
    /// - Parameters:
    ///   - vectors: Of lanes, for all terms, and staged for a column of a row.
    ///   - inputRows: Staged for so many output rows.
    func consider(
      _ other: ConvolutionSource, vectors: Int, staged: Int, scalars: Int, inputRows: (_ outputRows: Int) -> Double
    ) {
      let width = Double(columns.output - 1) * Double(columns.stride) + Double(columns.extent)
      func fits(_ count: Int) -> Bool {
        width * Double(scalars * scalarSize) * inputRows(count) <= Double(Self.bytesOfStaged)
      }
      guard fits(1) else { return }
      var count = 1
      while count < rows.output && (count + 1) * columns.output <= Self.stagedPixels && fits(count + 1) { count += 1 }
      let pixels = Double(count) * Double(columns.output)
      let cost = Double(vectors) * outputs + Self.staging * Double(staged) * width * inputRows(count) / pixels
      guard cost < cheapest else { return }
      (source, rowsPerBlock, cheapest) = (other, count, cost)
    }
    if !image.isPointwise {
      consider(
        ConvolutionSourceStagedChannels, vectors: image.taps * vectors(inputs), staged: vectors(inputs),
        scalars: vectors(inputs) * lanes
      ) { Double($0 - 1) * Double(rows.stride) + Double(rows.extent) }
      if columns.dilation == 1 || columns.kernel == 1 {
        consider(
          ConvolutionSourceStagedTaps, vectors: vectors(image.reduction), staged: vectors(rows.kernel * inputs),
          scalars: rows.kernel * inputs
        ) { Double($0) }
      }
    }
    self.source = source
    blocksPerImage = SizeArithmetic.dividingUp(rows.output, by: rowsPerBlock)
  }
}
