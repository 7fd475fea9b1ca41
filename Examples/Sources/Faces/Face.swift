import Convolution
import Glibc

/// A face that was found.
struct Face: Equatable {
  var top, left, bottom, right: Float
  /// How probable it is.
  var score: Float

  /// The faces in what ``CenterFace`` makes of a picture, `[1, 15, height, width]`: those more probable than `threshold`, the
  /// most probable first, without those that cover another one.
  static func faces(in outputs: Tensor<Float>, threshold: Float) -> [Face] {
    let (height, width) = (outputs.shape[2], outputs.shape[3])
    let scalars = outputs.span
    var candidates: [Face] = []
    for row in 0..<height {
      for column in 0..<width {
        func output(_ channel: Int) -> Float { scalars[(channel * height + row) * width + column] }
        guard output(0) > threshold else { continue }
        // A place stands for four pixels each way.
        let (faceHeight, faceWidth) = (4 * exp(output(1)), 4 * exp(output(2)))
        let top = 4 * (Float(row) + 0.5 + output(3)) - faceHeight / 2
        let left = 4 * (Float(column) + 0.5 + output(4)) - faceWidth / 2
        candidates.append(
          Face(top: top, left: left, bottom: top + faceHeight, right: left + faceWidth, score: output(0)))
      }
    }
    return suppressed(candidates)
  }

  /// The most probable of those that are the same face: that have three tenths of what they cover together in common.
  static func suppressed(_ candidates: [Face]) -> [Face] {
    candidates.sorted { $0.score > $1.score }.reduce(into: []) { faces, candidate in
      if !faces.contains(where: { $0.overlap(candidate) >= 0.3 }) { faces.append(candidate) }
    }
  }

  /// The area in common as a part of the area of both together.
  func overlap(_ other: Face) -> Float {
    let height = max(0, min(bottom, other.bottom) - max(top, other.top))
    let width = max(0, min(right, other.right) - max(left, other.left))
    return height * width / (area + other.area - height * width)
  }

  private var area: Float { (bottom - top) * (right - left) }
}
