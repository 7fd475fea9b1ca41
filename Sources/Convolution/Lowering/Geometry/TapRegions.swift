/// The outputs of an image by the taps that read inside the input: rectangles, in whose pixels only those are computed.
struct TapRegions: Sendable, Hashable {
  /// Neighbouring outputs along an axis that read inside the input for the same taps. The other taps are skipped; where taps
  /// on padding must be computed too, one region holds every output and every tap.
  struct Region: Sendable, Hashable {
    var first, count: Int
    var firstTap, tapCount: Int
  }

  let rows, columns: [Region]
  /// The longest regions along either axis.
  let mostRows, mostColumns: Int
  /// Whether the regions leave out the taps on padding.
  let skipsPadding: Bool

  /// One region with every tap.
  init(whole rows: AxisGeometry, _ columns: AxisGeometry) {
    self.init(rows: [Self.whole(rows)], columns: [Self.whole(columns)], skipsPadding: false)
  }

  /// Regions that leave out the taps on zeros, where that saves more products than ragged regions waste.
  ///
  /// - Parameter lanes: Pixels of a vector: what a region's last pixels are filled up to.
  init(_ rows: AxisGeometry, _ columns: AxisGeometry, lanes: Int) {
    self.init(whole: rows, columns)
    guard rows.mode == .zeros, !(rows.isUnpadded && columns.isUnpadded), let rowRegions = Self.split(rows),
      let columnRegions = Self.split(columns)
    else { return }
    let split = TapRegions(rows: rowRegions, columns: columnRegions, skipsPadding: true)
    if split.products(lanes: lanes) < AlgorithmChoice.mostComputedShare * products(lanes: lanes) { self = split }
  }

  private static let mostRegions = 64

  private init(rows: [Region], columns: [Region], skipsPadding: Bool) {
    self.rows = rows
    self.columns = columns
    mostRows = rows.map(\.count).max()!
    mostColumns = columns.map(\.count).max()!
    self.skipsPadding = skipsPadding
  }

  private static func whole(_ axis: AxisGeometry) -> Region {
    Region(first: 0, count: axis.output, firstTap: 0, tapCount: axis.kernel)
  }

  /// Neighbouring outputs with the same taps inside the input; `nil` where there are too many of them.
  private static func split(_ axis: AxisGeometry) -> [Region]? {
    // Where a tap enters the input or leaves it. Between two of these outputs nothing changes.
    var bounds: Set<Int> = [0, axis.output]
    for tap in 0..<axis.kernel {
      let inside = axis.interior(tap: tap)
      bounds.formUnion([inside.lowerBound, inside.upperBound])
      if bounds.count > mostRegions + 1 { return nil }
    }
    let sorted = bounds.sorted()
    var regions: [Region] = []
    for (output, next) in zip(sorted, sorted.dropFirst()) {
      let position = axis.position(tap: 0, output: output)
      let first = position >= 0 ? 0 : min(axis.kernel, SizeArithmetic.dividingUp(-position, by: axis.dilation))
      let room = axis.input - 1 - position
      let end = room < 0 ? 0 : min(axis.kernel, room / axis.dilation + 1)
      let taps = max(0, end - first)
      if let last = regions.last, last.tapCount == taps, last.firstTap == first || taps == 0 {
        regions[regions.count - 1].count += next - output
      } else {
        regions.append(Region(first: output, count: next - output, firstTap: taps == 0 ? 0 : first, tapCount: taps))
      }
    }
    return regions
  }

  /// The products for one pair of channels, with the pixels of every region filled up to whole vectors of so many.
  func products(lanes: Int) -> Double {
    rows.reduce(0) { sum, row in
      columns.reduce(sum) { sum, column in
        let vectors = SizeArithmetic.dividingUp(row.count * column.count, by: lanes)
        return sum + Double(vectors * lanes) * Double(row.tapCount) * Double(column.tapCount)
      }
    }
  }
}
