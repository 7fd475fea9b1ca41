@testable import Convolution
import ReferenceConvolution
import Testing

/// Products, and how those with sizes or strides beyond BLAS's 32-bit integers are cut up: with a limit of a few, the
/// same code runs on small matrices.
struct MatrixProductTests {
  struct Layout: Sendable {
    var rows, columns, depth: Int
    var isLeftTransposed, isRightTransposed, accumulates: Bool
  }

  static let layouts = [(1, 1, 1), (5, 3, 4), (1, 7, 6), (6, 1, 7), (7, 6, 1), (9, 8, 10)].flatMap { sizes in
    (0..<8).map { bits in
      Layout(
        rows: sizes.0, columns: sizes.1, depth: sizes.2, isLeftTransposed: bits & 1 != 0,
        isRightTransposed: bits & 2 != 0, accumulates: bits & 4 != 0)
    }
  }

  @Test(arguments: layouts, [1, 2, 3, 5, 8, 100])
  func limits(layout: Layout, limit: Int) throws {
    try expectProduct(layout, limit: limit, extraStride: 0, of: Float.self)
    try expectProduct(layout, limit: limit, extraStride: 0, of: Double.self)
  }

  /// Matrices that lie inside larger ones: what is between their rows stays as it is.
  @Test(arguments: layouts, [1, 4, 100])
  func rowsApart(layout: Layout, limit: Int) throws {
    try expectProduct(layout, limit: limit, extraStride: 3, of: Float.self)
    try expectProduct(layout, limit: limit, extraStride: 3, of: Double.self)
  }

  private func expectProduct<Scalar: ConvolutionScalar>(
    _ layout: Layout, limit: Int, extraStride: Int, of type: Scalar.Type
  ) throws {
    try OpenBLAS.prepare()
    var generator = SplitMix64(seed: 5)
    let (rows, columns, depth) = (layout.rows, layout.columns, layout.depth)
    let leftShape = layout.isLeftTransposed ? [depth, rows + extraStride] : [rows, depth + extraStride]
    let rightShape = layout.isRightTransposed ? [columns, depth + extraStride] : [depth, columns + extraStride]
    let left: Tensor<Scalar> = try RandomScalars.smallIntegers.tensor(leftShape, using: &generator)
    let right: Tensor<Scalar> = try RandomScalars.smallIntegers.tensor(rightShape, using: &generator)
    let stride = columns + extraStride
    let initial: Scalar = layout.accumulates ? 2 : .nan
    var result = try Tensor<Scalar>(repeating: initial, shape: [rows, stride])
    result.withUnsafeMutableBufferPointer { result in
      left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
          unsafe MatrixProduct(
            rows: rows, columns: columns, depth: depth,
            left: .init(
              pointer: left.baseAddress!, rowStride: leftShape[1], isTransposed: layout.isLeftTransposed),
            right: .init(
              pointer: right.baseAddress!, rowStride: rightShape[1], isTransposed: layout.isRightTransposed),
            result: result.baseAddress!, resultRowStride: stride, accumulates: layout.accumulates
          ).run(limit: limit)
        }
      }
    }
    let (a, b, c) = (left.scalars, right.scalars, result.scalars)
    for row in 0..<rows {
      for column in 0..<stride {
        guard column < columns else {
          #expect(
            c[row * stride + column].isNaN == initial.isNaN && (initial.isNaN || c[row * stride + column] == initial))
          continue
        }
        var sum: Scalar = layout.accumulates ? initial : 0
        for k in 0..<depth {
          sum +=
            a[layout.isLeftTransposed ? k * leftShape[1] + row : row * leftShape[1] + k]
            * b[layout.isRightTransposed ? column * rightShape[1] + k : k * rightShape[1] + column]
        }
        #expect(c[row * stride + column] == sum, "\(layout), limit \(limit), row \(row), column \(column)")
      }
    }
  }
}
