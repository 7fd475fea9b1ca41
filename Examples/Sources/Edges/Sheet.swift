import Convolution

/// One picture of the four padding modes at the upper left corner of a photograph: above, what the layer sees, with a line
/// where the photograph begins; below, what the filter makes of it.
struct Sheet {
  /// How many pixels are shown beyond the border, and within it.
  static let (beyond, within) = (14, 34)
  private static let gap = 12

  /// How many times the pixels are enlarged.
  var scale: Int

  func draw(_ picture: Tensor<Float>, _ filter: ImageFilter) throws -> Tensor<Float> {
    let (height, width) = (picture.shape[1], picture.shape[2])
    guard min(height, width) >= Self.within else {
      throw EdgesError.tooSmall(expected: Self.within, width: width, height: height)
    }
    let (gap, border) = (Self.gap, Self.beyond * scale)
    let tile = border + Self.within * scale
    let top = Lettering.height + 2 * gap
    let modes = PaddingMode.allCases
    var canvas = try Canvas(
      height: top + tile + gap + Self.within * scale + gap, width: gap + modes.count * (tile + gap))
    for (column, mode) in modes.enumerated() {
      let left = gap + column * (tile + gap)
      canvas.write(mode.rawValue, row: gap, column: left)
      canvas.draw(try pad(picture, mode), extent: Self.beyond + Self.within, scale: scale, row: top, column: left)
      canvas.fill(rows: top + border..<top + tile, columns: left + border - 1..<left + border + 1, color: Self.red)
      canvas.fill(rows: top + border - 1..<top + border + 1, columns: left + border..<left + tile, color: Self.red)
      canvas.draw(
        try filter.apply(to: picture, mode), extent: Self.within, scale: scale, row: top + tile + gap,
        column: left + border)
    }
    return canvas.picture
  }

  private static let red: [Float] = [1, 0, 0]

  /// The picture with what the layer sees around it: a kernel of one 1 copies it, and its padding.
  private func pad(_ picture: Tensor<Float>, _ mode: PaddingMode) throws -> Tensor<Float> {
    let colors = picture.shape[0]
    return try conv2d(
      picture, weight: Tensor(repeating: 1, shape: [colors, 1, 1, 1]), padding: .symmetric(Self.beyond), groups: colors,
      paddingMode: mode)
  }
}
