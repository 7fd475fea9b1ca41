/// How the tiles of a convolution are split into blocks. No output of a forward pass depends on it, so that the batch may
/// shape it.
struct WinogradBlocking: Sendable {
  /// Ranges of images, and of sets of tile rows and of tile columns.
  let imageParts, columnParts: Int
  private(set) var rowParts: Int

  var blocks: Int { imageParts * rowParts * columnParts }

  /// Tiles of one block share each product with the filters. A block should hold enough of them to be worth reading the
  /// filters for, and no more than stay in cache.
  ///
  /// - Parameter threads: Where there are several blocks, but few, as many for each thread as for the others: what one core has
  ///   transformed is slow to read for another.
  static func forProducts(_ convolution: WinogradConvolution, batch: Int, threads: Int) -> WinogradBlocking {
    let samples = convolution.samples
    let bytes = bytesPerTile(convolution, channels: convolution.inputChannels)
    var blocking = WinogradBlocking(
      convolution, batch: batch, tiles: min(2048 / (samples * samples), (4 << 20) / bytes))
    let units = { convolution.groups * blocking.blocks }
    guard blocking.blocks > 1, units() < fewestToShare * threads else { return blocking }
    let rowParts = blocking.rowParts
    while units() % threads > 0 && blocking.rowParts < convolution.rowTiling.sets { blocking.rowParts += 1 }
    if units() % threads > 0 { blocking.rowParts = rowParts }
    return blocking
  }
  /// For each thread: those that are left over are few then.
  private static let fewestToShare = 4

  /// Every block of a weight gradient adds to all sums, so that large blocks are better.
  static func forSums(_ convolution: WinogradConvolution, batch: Int) -> WinogradBlocking {
    WinogradBlocking(convolution, batch: batch, tiles: tilesPerSum(convolution))
  }

  /// Blocks of about `tiles` tiles each: half as many again are better than two blocks that are small.
  private init(_ convolution: WinogradConvolution, batch: Int, tiles: Int) {
    let rows = convolution.rowTiling.sets
    let columns = convolution.columnTiling.sets
    let sets = max(1, tiles / (convolution.rows.dilation * convolution.columns.dilation))
    let mostSets = sets + sets / 2
    if rows * columns <= mostSets {
      (rowParts, columnParts) = (1, 1)
      imageParts = SizeArithmetic.dividingUp(batch, by: max(1, sets / (rows * columns)))
    } else {
      imageParts = batch
      columnParts = SizeArithmetic.dividingUp(columns, by: mostSets)
      rowParts = SizeArithmetic.dividingUp(rows, by: max(1, sets * columnParts / columns))
    }
  }
}

extension WinogradBlocking {
  /// The least that a block holds is a set of tiles along both axes. So many bytes leave room for all else.
  private static let limitOfSet = 32 << 20
  /// The bytes of transformed inputs and output gradients that a block of a weight gradient aims at, and those that it may
  /// take with scratch, which is more than they are where channels are few.
  private static let (targetOfSum, limitOfSum) = (12 << 20, 32 << 20)
  /// What a tile takes at most besides its channels, counted in channels: the rounding up to whole vectors and panels,
  /// the padding of rows, scratch for one vector of input channels, and for the products with one panel.
  private static let scratchChannels = 112

  /// Whether the workspace has room for a set of tiles.
  static func fits(_ convolution: WinogradConvolution) -> Bool {
    let (channels, isLarge) = convolution.inputChannels.addingReportingOverflow(scratchChannels)
    let (tiles, areMany) = convolution.rows.dilation.multipliedReportingOverflow(by: convolution.columns.dilation)
    // Below these the product of both is an integer.
    guard !isLarge, !areMany, channels < 1 << 25, tiles < 1 << 25 else { return false }
    return bytesPerSet(convolution, channels: channels) <= limitOfSet
  }

  /// The most bytes that a block of a weight gradient takes, with its scratch.
  static func mostBytesPerSum(_ convolution: WinogradConvolution) -> Int {
    let channels = convolution.inputChannels + convolution.outputChannels + scratchChannels
    let tiles = tilesPerSum(convolution)
    return max(
      bytesPerSet(convolution, channels: channels),
      (tiles + tiles / 2) * bytesPerTile(convolution, channels: channels))
  }

  private static func tilesPerSum(_ convolution: WinogradConvolution) -> Int {
    let channels = convolution.inputChannels + convolution.outputChannels
    return min(
      targetOfSum / bytesPerTile(convolution, channels: channels),
      limitOfSum / bytesPerTile(convolution, channels: channels + scratchChannels))
  }

  /// Bytes of some channels' transformed samples in one of the largest tiles.
  private static func bytesPerTile(_ convolution: WinogradConvolution, channels: Int) -> Int {
    convolution.samples * convolution.samples * channels * MemoryLayout<Float>.stride
  }

  /// The same in a set of tiles along both axes.
  private static func bytesPerSet(_ convolution: WinogradConvolution, channels: Int) -> Int {
    [convolution.rowTiling, convolution.columnTiling].reduce(channels * MemoryLayout<Float>.stride) {
      $0 * $1.dilation * WinogradTile.samples(outputs: $1.size(at: 0), of: convolution.rows)
    }
  }
}
