import CConvolutionKernels

/// The outputs of an image by the taps that read inside the input: rectangles, in whose pixels the dense kernel computes
/// only those.
struct DenseSegments: Sendable {
  let rows, columns: [ConvolutionSegment]

  /// One rectangle with every tap.
  init(whole image: ImageGeometry) {
    rows = [Self.whole(image.rows)]
    columns = [Self.whole(image.columns)]
  }

  /// Rectangles that leave out the taps on zeros, where that saves more products than ragged rectangles waste.
  init(_ image: ImageGeometry) {
    let skipping = Self(rows: Self.split(image.rows), columns: Self.split(image.columns))
    let whole = Self(whole: image)
    let mostSegments = 64
    let saves = skipping.products * 20 < whole.products * 19
    let fits = skipping.rows.count <= mostSegments && skipping.columns.count <= mostSegments
    self = image.rows.mode == .zeros && fits && saves ? skipping : whole
  }

  private init(rows: [ConvolutionSegment], columns: [ConvolutionSegment]) {
    self.rows = rows
    self.columns = columns
  }

  /// Whether some products with padding are left out: legal only where the weight is finite.
  func skipsTaps(of image: ImageGeometry) -> Bool {
    rows.contains { $0.tapCount < image.rows.kernel } || columns.contains { $0.tapCount < image.columns.kernel }
  }

  private static func whole(_ map: BorderMap) -> ConvolutionSegment {
    ConvolutionSegment(first: 0, count: map.output, firstTap: 0, tapCount: map.kernel)
  }

  /// Neighbouring outputs with the same taps inside the input.
  private static func split(_ map: BorderMap) -> [ConvolutionSegment] {
    var segments: [ConvolutionSegment] = []
    for output in 0..<map.output {
      let position = map.position(tap: 0, output: output)
      let first = position >= 0 ? 0 : min(map.kernel, SizeArithmetic.dividingUp(-position, by: map.dilation))
      let room = map.input - 1 - position
      let end = room < 0 ? 0 : min(map.kernel, room / map.dilation + 1)
      let taps = max(0, end - first)
      if let last = segments.last, last.tapCount == taps, last.firstTap == first || taps == 0 {
        segments[segments.count - 1].count += 1
      } else {
        segments.append(ConvolutionSegment(first: output, count: 1, firstTap: taps == 0 ? 0 : first, tapCount: taps))
      }
    }
    return segments
  }

  /// What the kernel computes for one pair of channels, in tiles of pixels.
  private var products: Double {
    rows.reduce(0) { sum, row in
      columns.reduce(sum) { sum, column in
        let tiles = SizeArithmetic.dividingUp(row.count * column.count, by: ConvolutionDensePixels)
        return sum + Double(tiles) * Double(row.tapCount) * Double(column.tapCount)
      }
    }
  }
}
