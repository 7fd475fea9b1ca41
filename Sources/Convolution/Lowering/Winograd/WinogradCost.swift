/// What an image costs by Winograd, in products of one transformed input row with one position's filters. Enough to choose
/// a tile by: transforms grow with the products.
enum WinogradCost {
  /// A product of fewer rows takes as long: the filters have to come from a distant cache.
  private static let fewestRows = 4
  /// Reading the filters of one position costs like multiplying them with so many rows.
  private static let rowsPerFilter = 4

  static func products(_ image: ImageGeometry, tile: WinogradTile) -> Int {
    products(image.rows, image.columns, tile: tile)
  }

  /// Of a convolution whose phases are summed side by side.
  static func products(ofPhases convolution: WinogradConvolution) -> Int {
    4 * products(convolution.rows, convolution.columns, tile: convolution.tile)
  }

  private static func products(_ rows: AxisGeometry, _ columns: AxisGeometry, tile: WinogradTile) -> Int {
    let rows = positions(rows, tile: tile)
    let columns = positions(columns, tile: tile)
    var cost = 0
    for row in rows {
      for column in columns where row.tiles * column.tiles > 0 {
        cost += row.slots * column.slots * (max(row.tiles * column.tiles, fewestRows) + rowsPerFilter)
      }
    }
    return cost
  }

  /// The same for plain products, one for each tap. Those of a kernel that is dilated, or larger than the output, leave out the
  /// outputs whose tap falls on padding.
  static func products(_ image: ImageGeometry) -> Int { products(image.rows, image.columns) }

  /// Plain products of an image's input gradient, phase by phase.
  static func productsOfInputGradient(_ image: ImageGeometry) -> Int {
    let columns = AdjointAxis.phases(of: image.columns, over: 0..<image.columns.input)
    return AdjointAxis.phases(of: image.rows, over: 0..<image.rows.input).reduce(0) { cost, row in
      columns.reduce(cost) { $0 + products(row.geometry, $1.geometry) }
    }
  }

  private static func products(_ rows: AxisGeometry, _ columns: AxisGeometry) -> Int {
    let (rows, columns) = (outputsOfTaps(rows), outputsOfTaps(columns))
    return rows.reduce(0) { cost, row in
      cost + columns.reduce(0) { $0 + (row * $1 == 0 ? 0 : max(row * $1, fewestRows) + rowsPerFilter) }
    }
  }

  private static func outputsOfTaps(_ map: AxisGeometry) -> [Int] {
    let leavesOut = map.mode == .zeros && (map.dilation > 1 || map.output < map.kernel)
    return (0..<map.kernel).map { leavesOut ? map.interior(tap: $0).count : map.output }
  }

  /// For each position along an axis, how many tiles have it, and how many times the input channels are summed there:
  /// twice with stride 2, but for the first position.
  private static func positions(_ map: AxisGeometry, tile: WinogradTile) -> [(tiles: Int, slots: Int)] {
    let tiling = WinogradTiling(outputs: map.output, dilation: map.dilation, tile: tile)
    let more = map.stride == 1 ? map.kernel - 1 : 1
    return (0..<tile.rawValue + more).map { position in
      (tiling.count(ofSizeAtLeast: max(1, position + 1 - more)), map.stride == 1 || position == 0 ? 1 : 2)
    }
  }
}
