/// What an image costs by Winograd, in products of one transformed input row with one position's filters. Enough to choose
/// a tile by: transforms grow with the products.
enum WinogradCost {
  /// A product of fewer rows takes as long: the filters have to come from a distant cache.
  private static let fewestRows = 4
  /// Reading the filters of one position costs like multiplying them with so many rows.
  private static let rowsPerFilter = 4

  static func products(_ image: ImageGeometry, tile: WinogradTile) -> Int {
    let rows = positions(image.rows, tile: tile)
    let columns = positions(image.columns, tile: tile)
    var cost = 0
    for row in rows {
      for column in columns where row.tiles * column.tiles > 0 {
        cost += row.slots * column.slots * (max(row.tiles * column.tiles, fewestRows) + rowsPerFilter)
      }
    }
    return cost
  }

  /// The same for a plain product with all nine taps.
  static func products(_ image: ImageGeometry) -> Int {
    image.taps * (max(image.outputPixels, fewestRows) + rowsPerFilter)
  }

  /// For each position along an axis, how many tiles have it, and how many times the input channels are summed there:
  /// twice with stride 2, but for the first position.
  private static func positions(_ map: BorderMap, tile: WinogradTile) -> [(tiles: Int, slots: Int)] {
    let tiling = WinogradTiling(outputs: map.output, tile: tile)
    let more = map.stride == 1 ? 2 : 1
    // All tiles but the last two are the largest.
    let ends = max(0, tiling.count - 2)..<tiling.count
    return (0..<tile.rawValue + more).map { position in
      let tiles = ends.lowerBound + ends.count { tiling.size(at: $0) + more > position }
      return (tiles, map.stride == 1 || position == 0 ? 1 : 2)
    }
  }
}
