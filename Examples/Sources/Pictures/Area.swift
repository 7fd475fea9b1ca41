import ArgumentParser
package import Convolution

/// A rectangle of a picture, as an argument.
package struct Area: ExpressibleByArgument {
  package var top, left, height, width: Int

  package init?(argument: String) {
    let numbers = argument.split(separator: ",").compactMap { Int($0) }
    guard numbers.count == 4, numbers.allSatisfy({ 0...1_000_000 ~= $0 }), numbers[2] > 0, numbers[3] > 0 else {
      return nil
    }
    (top, left, height, width) = (numbers[0], numbers[1], numbers[2], numbers[3])
  }

  package func part(of picture: Tensor<Float>) throws -> Tensor<Float> {
    guard top + height <= picture.shape[1], left + width <= picture.shape[2] else {
      throw PictureError.argument(
        name: "crop", expected: "a part of \(picture.shape[1]) rows and \(picture.shape[2]) columns",
        actual: "\(top),\(left),\(height),\(width)")
    }
    var part = try Tensor<Float>(zeros: [picture.shape[0], height, width])
    copy(picture, from: (top, left), to: (0, 0), of: &part, size: (height, width))
    return part
  }
}

/// Copies a rectangle of every channel of one tensor, `[…, height, width]`, to another place in another.
package func copy(
  _ source: Tensor<Float>, from: (row: Int, column: Int), to: (row: Int, column: Int), of target: inout Tensor<Float>,
  size: (height: Int, width: Int)
) {
  let (sourceShape, targetShape) = (source.shape.suffix(3).map { $0 }, target.shape.suffix(3).map { $0 })
  let scalars = source.span
  var results = target.mutableSpan
  for channel in 0..<targetShape[0] {
    for row in 0..<size.height {
      let first = (channel * sourceShape[1] + from.row + row) * sourceShape[2] + from.column
      let place = (channel * targetShape[1] + to.row + row) * targetShape[2] + to.column
      for column in 0..<size.width { results[place + column] = scalars[first + column] }
    }
  }
}

/// Two pictures of one size, `[3, height, width]`, side by side.
package func beforeAndAfter(_ before: Tensor<Float>, _ after: Tensor<Float>) throws -> Tensor<Float> {
  let gap = try Tensor<Float>(repeating: 1, shape: [3, after.shape[1], 12])
  return try Tensor.concatenating([before, gap, after], axis: 2)
}
