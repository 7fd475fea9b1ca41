private import COpenBLAS

/// `result = left · right`, or `result += left · right`: matrices stored by rows, each with the distance between its
/// rows. A transposed operand is stored as its transpose.
///
/// Public only because ``ConvolutionScalar`` names it; not meant for use outside the package.
@safe public struct _MatrixProduct<Scalar: ConvolutionScalar> {
  @safe struct Operand {
    var pointer: UnsafePointer<Scalar>
    var rowStride: Int
    var isTransposed = false
  }

  /// `left` is rows × depth, `right` depth × columns, the result rows × columns.
  var rows, columns, depth: Int
  var left, right: Operand
  var result: UnsafeMutablePointer<Scalar>
  var resultRowStride: Int
  /// Whether the product is added to what the result holds. Otherwise the result need not be initialised.
  var accumulates: Bool

  /// Multiplies. A size or a stride that BLAS's 32-bit integers cannot hold is halved until they can: a product of one
  /// row (one column, depth one) needs no stride at all.
  ///
  /// - Parameter limit: The largest integer passed to BLAS; tests lower it.
  func run(limit: Int = Int(Int32.max)) {
    let rowsAreStrided = resultRowStride > limit || (!left.isTransposed && left.rowStride > limit)
    let columnsAreStrided = right.isTransposed && right.rowStride > limit
    let depthIsStrided =
      (left.isTransposed && left.rowStride > limit) || (!right.isTransposed && right.rowStride > limit)
    if rows > limit || (rows > 1 && rowsAreStrided) {
      let half = rows / 2
      part(rows: 0..<half).run(limit: limit)
      part(rows: half..<rows).run(limit: limit)
    } else if columns > limit || (columns > 1 && columnsAreStrided) {
      let half = columns / 2
      part(columns: 0..<half).run(limit: limit)
      part(columns: half..<columns).run(limit: limit)
    } else if depth > limit || (depth > 1 && depthIsStrided) {
      let half = depth / 2
      part(depth: 0..<half).run(limit: limit)
      var rest = part(depth: half..<depth)
      rest.accumulates = true
      rest.run(limit: limit)
    } else {
      Scalar._multiply(withoutUnusedStrides)
    }
  }

  private func part(rows range: Range<Int>) -> Self {
    var part = self
    part.rows = range.count
    unsafe part.left.pointer += range.lowerBound * (left.isTransposed ? 1 : left.rowStride)
    unsafe part.result += range.lowerBound * resultRowStride
    return part
  }

  private func part(columns range: Range<Int>) -> Self {
    var part = self
    part.columns = range.count
    unsafe part.right.pointer += range.lowerBound * (right.isTransposed ? right.rowStride : 1)
    unsafe part.result += range.lowerBound
    return part
  }

  private func part(depth range: Range<Int>) -> Self {
    var part = self
    part.depth = range.count
    unsafe part.left.pointer += range.lowerBound * (left.isTransposed ? left.rowStride : 1)
    unsafe part.right.pointer += range.lowerBound * (right.isTransposed ? 1 : right.rowStride)
    return part
  }

  /// BLAS checks a stride even where only one row is stored.
  private var withoutUnusedStrides: Self {
    var product = self
    if rows == 1 { product.resultRowStride = columns }
    if (left.isTransposed ? depth : rows) == 1 { product.left.rowStride = left.isTransposed ? rows : depth }
    if (right.isTransposed ? columns : depth) == 1 {
      product.right.rowStride = right.isTransposed ? depth : columns
    }
    return product
  }
}

extension Float: ConvolutionScalar {
  /// Computes a product by `cblas_sgemm`.
  public static func _multiply(_ p: _MatrixProduct<Float>) {
    OpenBLAS.useOneThread()
    unsafe cblas_sgemm(
      CblasRowMajor, p.left.isTransposed ? CblasTrans : CblasNoTrans, p.right.isTransposed ? CblasTrans : CblasNoTrans,
      blasint(p.rows), blasint(p.columns), blasint(p.depth), 1, p.left.pointer, blasint(p.left.rowStride),
      p.right.pointer, blasint(p.right.rowStride), p.accumulates ? 1 : 0, p.result, blasint(p.resultRowStride))
  }
}

extension Double: ConvolutionScalar {
  /// Computes a product by `cblas_dgemm`.
  public static func _multiply(_ p: _MatrixProduct<Double>) {
    OpenBLAS.useOneThread()
    unsafe cblas_dgemm(
      CblasRowMajor, p.left.isTransposed ? CblasTrans : CblasNoTrans, p.right.isTransposed ? CblasTrans : CblasNoTrans,
      blasint(p.rows), blasint(p.columns), blasint(p.depth), 1, p.left.pointer, blasint(p.left.rowStride),
      p.right.pointer, blasint(p.right.rowStride), p.accumulates ? 1 : 0, p.result, blasint(p.resultRowStride))
  }
}
