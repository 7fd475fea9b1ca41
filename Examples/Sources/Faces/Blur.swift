import Convolution
import Glibc
import Pictures

extension Tensor<Float> {
  /// The picture, `[3, height, width]`, with an ellipse around the face blurred until nobody can be told from it.
  func blurring(_ face: Face) throws -> Tensor<Float> {
    let rows = Self.range(face.top, face.bottom, within: shape[1])
    let columns = Self.range(face.left, face.right, within: shape[2])
    guard !rows.isEmpty, !columns.isEmpty else { return self }
    var part = try Tensor<Float>(zeros: [3, rows.count, columns.count])
    copy(
      self, from: (rows.lowerBound, columns.lowerBound), to: (0, 0), of: &part, size: (rows.count, columns.count))
    // A bell along the columns, then one along the rows, for each colour by itself.
    let bell = Self.bell(deviation: Double(face.right - face.left) / 8)
    func blurred(_ picture: Tensor<Float>, _ size: [Int]) throws -> Tensor<Float> {
      let weight = try Tensor(shape: [3, 1] + size, scalars: bell + bell + bell)
      return try conv2d(picture, weight: weight, padding: .same, groups: 3, paddingMode: .replicate)
    }
    let smooth = try blurred(blurred(part, [bell.count, 1]), [1, bell.count])
    var result = self
    for row in rows {
      for column in columns {
        let y = (2 * Float(row) + 1 - face.top - face.bottom) / (face.bottom - face.top)
        let x = (2 * Float(column) + 1 - face.left - face.right) / (face.right - face.left)
        // A little larger than the face: hair and chin.
        guard x * x + y * y <= Self.margin * Self.margin else { continue }
        for channel in 0..<3 {
          result[channel, row, column] = smooth[channel, row - rows.lowerBound, column - columns.lowerBound]
        }
      }
    }
    return result
  }

  private static var margin: Float { 1.2 }

  private static func range(_ low: Float, _ high: Float, within extent: Int) -> Range<Int> {
    let beyond = (margin - 1) * (high - low) / 2
    let first = Int(max(0, min(Float(extent), low - beyond)))
    return first..<max(first, Int(max(0, min(Float(extent), high + beyond))))
  }

  /// Numbers that rise and fall again and add up to one.
  private static func bell(deviation: Double) -> [Float] {
    let radius = max(1, Int(2.5 * deviation))
    let heights = (-radius...radius).map { exp(-Double($0 * $0) / (2 * max(deviation * deviation, 0.1))) }
    let sum = heights.reduce(0, +)
    return heights.map { Float($0 / sum) }
  }
}
