/// How the tiles of a convolution are dealt out to blocks. Tiles of one block share each product with the filters, so a
/// block should hold enough of them to be worth reading the filters for, and no more than stay in cache.
///
/// No output depends on the blocks, so batch and threads may shape them.
struct WinogradBlocking: Sendable {
  /// Ranges of images, of tile rows and of tile columns.
  let imageParts, rowParts, columnParts: Int

  /// Products of fewer tiles read the filters too often.
  private static let wantedProductRows = 1 << 11
  /// The most that the transformed tiles of a block take.
  private static let bytesPerBlock = 4 << 20
  /// A single tile of more channels would outgrow the workspace.
  static let mostChannels = 1 << 14

  init(_ convolution: WinogradConvolution, batch: Int) {
    let rows = convolution.rowTiling.count
    let columns = convolution.columnTiling.count
    let samples = convolution.tile.samples(stride: convolution.rows.stride)
    let bytesPerTile = samples * samples * convolution.inputChannels * MemoryLayout<Float>.stride
    let tiles = max(1, min(Self.wantedProductRows / (samples * samples), Self.bytesPerBlock / bytesPerTile))
    // Half as many again are better than two blocks that are small.
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

  var unitsPerGroup: Int { imageParts * rowParts * columnParts }
}
