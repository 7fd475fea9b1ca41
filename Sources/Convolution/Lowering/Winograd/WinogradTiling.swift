/// The largest tile of a Winograd algorithm, in outputs a side: F(2×2, 3×3) and larger ones, and F(4×4, 5×5). A larger tile needs fewer
/// products and more filters, and rounds more.
enum WinogradTile: Int, Sendable, Hashable {
  case two = 2
  case three = 3
  case four = 4

  /// As ``ConvolutionCost/algorithm``.
  var algorithmName: String { "Winograd F(\(rawValue)×\(rawValue))" }

  /// What a tile of so many outputs of an axis reads, and samples of the transformed tile.
  static func samples(outputs: Int, of axis: AxisGeometry) -> Int {
    axis.stride == 1 ? outputs + axis.kernel - 1 : 2 * outputs + 1
  }
}

/// How an axis of outputs is cut into tiles that share their filters: the largest ones first, and at the end one or two
/// that fit what is left, so that maps of 7 and 14 waste no products.
///
/// With a dilation, the outputs that lie so far apart are a phase: no other phase reads the same input. All phases are cut
/// alike, and the tiles that begin side by side, one of each phase, are a set. Where the outputs do not divide evenly, the
/// last phases are shorter by one, and so are their last tiles.
struct WinogradTiling: Sendable, Hashable {
  let dilation: Int
  let tile: WinogradTile
  /// Tiles of the first phase, and with them sets.
  let sets: Int
  /// Outputs of the first phase, and how many phases have as many.
  private let length, longPhases: Int

  init(outputs: Int, dilation: Int, tile: WinogradTile) {
    self.dilation = dilation
    self.tile = tile
    length = SizeArithmetic.dividingUp(outputs, by: dilation)
    longPhases = outputs - (length - 1) * dilation
    sets = SizeArithmetic.dividingUp(length, by: tile.rawValue)
  }

  /// Tiles of all phases: the short ones have none for an output that stands alone in the last set.
  var count: Int {
    let isOneOutput = length - start(ofSet: sets - 1) == 1
    return (sets - 1) * dilation + (isOneOutput ? longPhases : dilation)
  }

  /// Outputs of the tile at an index. They never increase.
  func size(at index: Int) -> Int {
    let (set, phase) = index.quotientAndRemainder(dividingBy: dilation)
    return set == sets - 1 && phase >= longPhases ? sizeOfShortTiles : size(ofSet: set)
  }

  /// The first output of the tile at an index; the others follow at the dilation's distance.
  func start(at index: Int) -> Int {
    let (set, phase) = index.quotientAndRemainder(dividingBy: dilation)
    return start(ofSet: set) * dilation + phase
  }

  /// Padded coordinates that the tiles read.
  func samples(of axis: AxisGeometry) -> Int {
    let outputs = start(ofSet: sets - 1) + size(ofSet: sets - 1)
    return dilation * WinogradTile.samples(outputs: outputs, of: axis)
  }

  /// The tiles of one of several parts, in whole sets.
  func tiles(ofPart part: Int, of parts: Int) -> Range<Int> {
    let sets = SizeArithmetic.part(part, of: parts, in: sets)
    return sets.lowerBound * dilation..<min(count, sets.upperBound * dilation)
  }

  /// How many tiles have so many outputs or more, from one to those of the largest tile.
  func count(ofSizeAtLeast least: Int) -> Int {
    // All sets but the last two are of the largest tiles.
    var tiles = max(0, sets - 2) * dilation
    if sets > 1, size(ofSet: sets - 2) >= least { tiles += dilation }
    if size(ofSet: sets - 1) >= least { tiles += longPhases }
    if sizeOfShortTiles >= least { tiles += count - (sets - 1) * dilation - longPhases }
    return tiles
  }

  /// Outputs of the last tiles of the phases that are shorter by one.
  private var sizeOfShortTiles: Int { max(size(ofSet: sets - 1) - 1, smallest) }

  private var smallest: Int { tile == .two ? 1 : 2 }

  /// The largest tile of a set. Where one output stands alone and no tile is so small, two tiles share it with those before
  /// it; a single output is computed by a tile that reaches beyond it.
  private func size(ofSet set: Int) -> Int {
    let remainder = length - (sets - 1) * tile.rawValue
    let isAlone = remainder < smallest
    switch sets - set {
    case 1: return isAlone ? smallest : remainder
    case 2: return isAlone ? tile.rawValue - 1 : tile.rawValue
    default: return tile.rawValue
    }
  }

  /// The first output of a set's first tile, in its phase.
  private func start(ofSet set: Int) -> Int {
    set == 0 ? 0 : (set - 1) * tile.rawValue + size(ofSet: set - 1)
  }
}
