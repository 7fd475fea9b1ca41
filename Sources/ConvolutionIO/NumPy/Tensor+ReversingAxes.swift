internal import Convolution

extension Tensor {
  /// The tensor with its axes in reverse order: the transpose, for a matrix.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func reversingAxes(path: String) throws(FileFormatError) -> Tensor {
    let extents = Array(shape.reversed())
    var result: Tensor
    do throws(ConvolutionError) {
      result = try Tensor(uninitialized: extents)
    } catch {
      throw .convolution(path: path, error)
    }
    withUnsafeBufferPointer { source in
      result.withUnsafeMutableBufferPointer { destination in
        // An empty tensor may have extents whose product cannot be counted.
        if !source.isEmpty { unsafe Self.gather(destination, extents: extents, from: source) }
      }
    }
    return result
  }

  /// Fills `destination`, of the given extents, from `source`, which has them in reverse order.
  @inline(__always)
  private static func gather(
    _ destination: UnsafeMutableBufferPointer<Scalar>, extents: [Int], from source: UnsafeBufferPointer<Scalar>
  ) {
    // Axes of one index move nothing. A file may claim millions of them.
    let extents = extents.filter { $0 != 1 }
    // How far the source's index moves with each of the destination's.
    var strides: [Int] = []
    for extent in extents { strides.append((strides.last ?? 1) * extent) }
    strides = [1] + strides.dropLast()
    var index = Array(repeating: 0, count: extents.count)
    var position = 0
    for next in destination.indices {
      unsafe destination[next] = source[position]
      for axis in extents.indices.reversed() {
        index[axis] += 1
        position += strides[axis]
        if index[axis] < extents[axis] { break }
        index[axis] = 0
        position -= strides[axis] * extents[axis]
      }
    }
  }
}
