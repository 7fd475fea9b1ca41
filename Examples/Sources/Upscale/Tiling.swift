import Convolution
import ConvolutionLayers
import Pictures

/// A network that enlarges pictures of any size, tile by tile. It is prepared once, for the size of the tiles.
struct Tiling {
  let network: PreparedNetwork<Float>
  private let rows, columns: [Tile]

  /// A tile on one axis: where it begins, and which pixels of the picture are taken from it.
  struct Tile: Equatable {
    var start: Int
    var kept: Range<Int>
  }

  /// - Parameters:
  ///   - picture: The shape of the pictures, `[3, height, width]`. Smaller ones than a tile are computed as a whole.
  ///   - side: The height and width of a tile.
  ///   - overlap: How many pixels at each inner border of a tile are not taken from it, less than half of it.
  init(_ network: RRDBNet, picture: [Int], side: Int, overlap: Int) throws {
    rows = Self.tiles(of: picture[1], side: side, overlap: overlap)
    columns = Self.tiles(of: picture[2], side: side, overlap: overlap)
    self.network = try network.prepared(for: [1, picture[0], min(side, picture[1]), min(side, picture[2])])
  }

  /// Tiles from one end of an axis to the other. The last one ends where the axis does, and so overlaps more.
  static func tiles(of extent: Int, side: Int, overlap: Int) -> [Tile] {
    var tiles = [Tile(start: 0, kept: 0..<min(side, extent))]
    while let last = tiles.last, last.kept.upperBound < extent {
      let border = last.kept.upperBound - overlap
      let start = min(border - overlap, extent - side)
      tiles[tiles.count - 1].kept = last.kept.lowerBound..<border
      tiles.append(Tile(start: start, kept: border..<start + side))
    }
    return tiles
  }

  var count: Int { rows.count * columns.count }

  /// The picture, `[3, height, width]`, four times as high and wide; `progress` learns how many tiles are done.
  func enlarge(_ picture: Tensor<Float>, progress: (Int) -> Void) throws -> Tensor<Float> {
    let shape = network.inputShape
    let factor = RRDBNet.factor
    var input = try Tensor<Float>(zeros: shape)
    var output = try Tensor<Float>(zeros: network.outputShape(for: shape))
    var result = try Tensor<Float>(zeros: [picture.shape[0], factor * picture.shape[1], factor * picture.shape[2]])
    var done = 0
    for row in rows {
      for column in columns {
        copy(picture, from: (row.start, column.start), to: (0, 0), of: &input, size: (shape[2], shape[3]))
        try network.forward(input, into: &output)
        copy(
          output, from: (factor * (row.kept.lowerBound - row.start), factor * (column.kept.lowerBound - column.start)),
          to: (factor * row.kept.lowerBound, factor * column.kept.lowerBound), of: &result,
          size: (factor * row.kept.count, factor * column.kept.count))
        done += 1
        progress(done)
      }
    }
    return result
  }
}
