import Convolution
import ReferenceConvolution

/// The part of a layer's output that the naive loops compute: all of it where that is quick, else its last images or,
/// of the last image, its last rows. The lower edge is in it, where a tile or a block ends.
struct ReferencePart: Sendable, Hashable {
  let images: Range<Int>
  let rows: Range<Int>
  /// The share of the output's rows.
  let share: Double

  init(of layer: LayerDescription, operations budget: Double) {
    let affordableRows = max(1, Int(budget / layer.operationsPerRow))
    let imageCount = max(1, min(layer.batch, affordableRows / layer.outputHeight))
    let rowCount = min(layer.outputHeight, affordableRows)
    images = layer.batch - imageCount..<layer.batch
    rows = layer.outputHeight - rowCount..<layer.outputHeight
    share = Double(imageCount * rowCount) / Double(layer.batch * layer.outputHeight)
  }

  var isWhole: Bool { share == 1 }
}

extension Tensor {
  /// Some images of a batch.
  func images(_ range: Range<Int>) throws -> Tensor {
    let size = shape.dropFirst().reduce(1, *)
    return try Tensor(
      shape: [range.count] + shape.dropFirst(), scalars: scalars[range.lowerBound * size..<range.upperBound * size])
  }

  /// Some rows of every plane.
  func rows(_ range: Range<Int>) throws -> Tensor {
    let width = shape[3]
    let planeSize = shape[2] * width
    let all = scalars
    let kept = (0..<shape[0] * shape[1]).flatMap { plane in
      all[plane * planeSize + range.lowerBound * width..<plane * planeSize + range.upperBound * width]
    }
    return try Tensor(shape: [shape[0], shape[1], range.count, width], scalars: kept)
  }

  /// The same with zeros outside the part.
  func masked(to part: ReferencePart) throws -> Tensor {
    let width = shape[3]
    let all = scalars
    return try Tensor(
      shape: shape,
      scalars: all.indices.map { index in
        let row = index / width % shape[2]
        let image = index / width / shape[2] / shape[1]
        return part.images.contains(image) && part.rows.contains(row) ? all[index] : 0
      })
  }
}
