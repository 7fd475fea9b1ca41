/// How the tiles of a convolution are dealt out to blocks. No output of a forward pass depends on it, so that the batch may
/// shape it.
struct WinogradBlocking: Sendable {
  /// Ranges of images, and of sets of tile rows and of tile columns.
  let imageParts, rowParts, columnParts: Int

  var blocks: Int { imageParts * rowParts * columnParts }

  /// Tiles of one block share each product with the filters. A block should hold enough of them to be worth reading the
  /// filters for, and no more than stay in cache.
  static func forProducts(_ convolution: WinogradConvolution, batch: Int) -> WinogradBlocking {
    let samples = convolution.tile.samples(stride: convolution.rows.stride)
    let bytesPerTile = samples * samples * convolution.inputChannels * MemoryLayout<Float>.stride
    return WinogradBlocking(convolution, batch: batch, tiles: min(2048 / (samples * samples), (4 << 20) / bytesPerTile))
  }

  /// Every block of a weight gradient adds to all sums, so that large blocks are better.
  static func forSums(_ convolution: WinogradConvolution, batch: Int) -> WinogradBlocking {
    let samples = convolution.tile.samples(stride: convolution.rows.stride)
    let channels = convolution.inputChannels + convolution.outputChannels
    let bytesPerTile = samples * samples * channels * MemoryLayout<Float>.stride
    return WinogradBlocking(convolution, batch: batch, tiles: bytesPerSum / bytesPerTile)
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
  /// A block of a weight gradient takes about as many bytes, for its transformed input and output gradient.
  private static let bytesPerSum = 12 << 20
  /// A block holds a set of tiles along both axes at least. This many bytes of them leave room for all else.
  private static let mostBytesPerSet = 32 << 20
  /// What a tile needs besides its channels: scratch for one vector of them, and for its products with a panel.
  private static let channelsOfScratch = 80

  /// Whether the workspace has room for a set of tiles.
  static func fits(_ convolution: WinogradConvolution) -> Bool {
    let channels = max(convolution.inputChannels, convolution.outputChannels) + channelsOfScratch
    let tiles = convolution.rows.dilation * convolution.columns.dilation
    guard max(channels, tiles) <= mostBytesPerSet else { return false }
    return bytesPerSet(convolution, channels: channels) <= mostBytesPerSet
  }

  /// The most bytes that a block of a weight gradient takes, with its scratch.
  static func mostBytesPerSum(_ convolution: WinogradConvolution) -> Int {
    let channels = convolution.inputChannels + convolution.outputChannels + channelsOfScratch
    return 2 * max(bytesPerSum, bytesPerSet(convolution, channels: channels))
  }

  /// Bytes of the transformed samples of some channels in a set of tiles along both axes.
  private static func bytesPerSet(_ convolution: WinogradConvolution, channels: Int) -> Int {
    [convolution.rowTiling, convolution.columnTiling].reduce(channels * MemoryLayout<Float>.stride) {
      $0 * $1.dilation * WinogradTile.samples(outputs: $1.size(at: 0), stride: convolution.rows.stride)
    }
  }
}
