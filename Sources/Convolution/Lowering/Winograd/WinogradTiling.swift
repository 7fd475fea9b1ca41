/// The largest tile of a Winograd algorithm, in outputs a side: F(2×2, 3×3) and its larger kin. A larger tile needs fewer
/// products and more filters, and rounds more.
enum WinogradTile: Int, Sendable, Hashable {
  case two = 2
  case three = 3
  case four = 4

  /// Samples of the transformed tile along one axis, as many as the tile reads.
  func samples(stride: Int) -> Int {
    stride == 1 ? rawValue + 2 : 2 * rawValue + 1
  }
}

/// How an axis of outputs is cut into tiles that share their filters: the largest ones first, and at the end one or two
/// that fit what is left, so that a map of 7 or 14 computes nothing in vain.
struct WinogradTiling: Sendable, Hashable {
  let outputs: Int
  let tile: WinogradTile
  let count: Int

  init(outputs: Int, tile: WinogradTile) {
    self.outputs = outputs
    self.tile = tile
    count = SizeArithmetic.dividingUp(outputs, by: tile.rawValue)
  }

  /// Outputs of the tile at an index. They never increase. Where one output stands alone and no tile is so small, two
  /// tiles share it with those before it; a single output is computed by a tile that reaches beyond it.
  func size(at index: Int) -> Int {
    let remainder = outputs - (count - 1) * tile.rawValue
    let isAlone = remainder == 1 && tile != .two
    switch count - index {
    case 1: return isAlone ? 2 : remainder
    case 2: return isAlone ? tile.rawValue - 1 : tile.rawValue
    default: return tile.rawValue
    }
  }

  /// The first output of the tile at an index.
  func start(at index: Int) -> Int {
    index == 0 ? 0 : (index - 1) * tile.rawValue + size(at: index - 1)
  }

  /// Padded coordinates that the tiles read.
  func samples(stride: Int) -> Int {
    let end = start(at: count - 1) + size(at: count - 1)
    return stride == 1 ? end + 2 : stride * end + 1
  }
}
