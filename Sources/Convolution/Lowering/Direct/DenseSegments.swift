import CConvolutionKernels

/// The outputs of an image by the taps that read inside the input: rectangles, in whose pixels the kernels compute only
/// those.
struct DenseSegments: Sendable {
  let rows, columns: [ConvolutionSegment]
  /// Products that are computed, as a share of all.
  let share: Double

  /// One rectangle with every tap.
  init(whole image: ImageGeometry) {
    self.init(rows: [Self.whole(image.rows)], columns: [Self.whole(image.columns)], share: 1)
  }

  /// Rectangles that leave out the taps on zeros, where that saves more products than ragged rectangles waste.
  init(_ image: ImageGeometry) {
    let whole = Self(whole: image)
    guard image.rows.mode == .zeros, !(image.rows.isUnpadded && image.columns.isUnpadded) else {
      self = whole
      return
    }
    let (rows, columns) = (Self.split(image.rows), Self.split(image.columns))
    let share = Self.products(rows, columns) / Self.products(whole.rows, whole.columns)
    let mostSegments = 64
    let fits = rows.count <= mostSegments && columns.count <= mostSegments
    self = fits && share < 0.95 ? Self(rows: rows, columns: columns, share: share) : whole
  }

  /// The rectangles of a call: taps on padding count where the weight is not finite, for zero times infinity is NaN.
  init<Scalar: ConvolutionScalar>(_ image: ImageGeometry, for operands: ForwardOperands<Scalar>) {
    self.init(image)
    guard
      rows.contains(where: { $0.tapCount < image.rows.kernel })
        || columns.contains(where: { $0.tapCount < image.columns.kernel })
    else { return }
    let weight = unsafe UnsafeBufferPointer(start: operands.weight, count: image.outputChannels * image.reduction)
    if !operands.keptFilters.isFinite(examine: { unsafe weight.isFinite }) { self = Self(whole: image) }
  }

  private init(rows: [ConvolutionSegment], columns: [ConvolutionSegment], share: Double) {
    self.rows = rows
    self.columns = columns
    self.share = share
  }

  private static func whole(_ map: BorderMap) -> ConvolutionSegment {
    ConvolutionSegment(first: 0, count: map.output, firstTap: 0, tapCount: map.kernel)
  }

  /// Neighbouring outputs with the same taps inside the input.
  private static func split(_ map: BorderMap) -> [ConvolutionSegment] {
    // Where a tap enters the input or leaves it. Between two of these outputs nothing changes.
    var bounds = [0, map.output]
    for tap in 0..<map.kernel {
      let inside = map.interior(tap: tap)
      bounds += [inside.lowerBound, inside.upperBound]
    }
    bounds.sort()
    var segments: [ConvolutionSegment] = []
    for (output, next) in zip(bounds, bounds.dropFirst()) where output < next {
      let position = map.position(tap: 0, output: output)
      let first = position >= 0 ? 0 : min(map.kernel, SizeArithmetic.dividingUp(-position, by: map.dilation))
      let room = map.input - 1 - position
      let end = room < 0 ? 0 : min(map.kernel, room / map.dilation + 1)
      let taps = max(0, end - first)
      if let last = segments.last, last.tapCount == taps, last.firstTap == first || taps == 0 {
        segments[segments.count - 1].count += next - output
      } else {
        segments.append(
          ConvolutionSegment(first: output, count: next - output, firstTap: taps == 0 ? 0 : first, tapCount: taps))
      }
    }
    return segments
  }

  /// What the kernels compute for one pair of channels, in tiles of pixels.
  private static func products(_ rows: [ConvolutionSegment], _ columns: [ConvolutionSegment]) -> Double {
    rows.reduce(0) { sum, row in
      columns.reduce(sum) { sum, column in
        let tiles = SizeArithmetic.dividingUp(row.count * column.count, by: ConvolutionDensePixels)
        return sum + Double(tiles) * Double(row.tapCount) * Double(column.tapCount)
      }
    }
  }
}
