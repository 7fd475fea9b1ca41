/// How the tiles of a convolution are dealt out to blocks. No output of a forward pass depends on it, so that the batch may
/// shape it.
struct WinogradBlocking: Sendable {
  /// Ranges of images, of tile rows and of tile columns.
  let imageParts, rowParts, columnParts: Int

  var blocks: Int { imageParts * rowParts * columnParts }

  /// A single tile of more channels would outgrow the workspace.
  static let mostChannels = 1 << 14
  /// The most that a block of a weight gradient takes: its transformed input and output gradient.
  static let bytesPerSum = 12 << 20

  /// Tiles of one block share each product with the filters. A block should hold enough of them to be worth reading the
  /// filters for, and no more than stay in cache.
  static func forProducts(_ convolution: WinogradConvolution, batch: Int) -> WinogradBlocking {
    let samples = convolution.tile.samples(stride: convolution.rows.stride)
    let bytesPerTile = samples * samples * convolution.inputChannels * MemoryLayout<Float>.stride
    return WinogradBlocking(
      convolution, batch: batch, tiles: max(1, min(2048 / (samples * samples), (4 << 20) / bytesPerTile)))
  }

  /// Every block of a weight gradient adds to all sums, so that large blocks are better.
  static func forSums(_ convolution: WinogradConvolution, batch: Int) -> WinogradBlocking {
    let samples = convolution.tile.samples(stride: convolution.rows.stride)
    let channels = convolution.inputChannels + convolution.outputChannels
    let bytesPerTile = samples * samples * channels * MemoryLayout<Float>.stride
    return WinogradBlocking(convolution, batch: batch, tiles: max(1, bytesPerSum / bytesPerTile))
  }

  /// Blocks of about `tiles` tiles each: half as many again are better than two blocks that are small.
  private init(_ convolution: WinogradConvolution, batch: Int, tiles: Int) {
    let rows = convolution.rowTiling.count
    let columns = convolution.columnTiling.count
    let mostTiles = tiles + tiles / 2
    if rows * columns <= mostTiles {
      (rowParts, columnParts) = (1, 1)
      imageParts = SizeArithmetic.dividingUp(batch, by: max(1, tiles / (rows * columns)))
    } else {
      imageParts = batch
      columnParts = SizeArithmetic.dividingUp(columns, by: mostTiles)
      rowParts = SizeArithmetic.dividingUp(rows, by: max(1, tiles * columnParts / columns))
    }
  }
}
