private import COpenBLAS

/// `result = left · right`, or `result += left · right`: matrices stored by rows, each with the distance between its
/// rows. A transposed operand is stored as its transpose.
@safe struct MatrixProduct<Scalar: ConvolutionScalar> {
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
      withoutUnusedStrides.multiply()
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

  /// One product by OpenBLAS, whose sizes and strides fit its integers.
  private func multiply() {
    let (rows, columns, depth) = (blasint(rows), blasint(columns), blasint(depth))
    let (leftStride, rightStride, stride) = (
      blasint(left.rowStride), blasint(right.rowStride), blasint(resultRowStride)
    )
    let leftForm = left.isTransposed ? CblasTrans : CblasNoTrans
    let rightForm = right.isTransposed ? CblasTrans : CblasNoTrans
    OpenBLAS.withOneThread {
      switch Scalar.scalarFormat.kind {
      case .float32:
        unsafe cblas_sgemm(
          CblasRowMajor, leftForm, rightForm, rows, columns, depth, 1, pointer(left), leftStride, pointer(right),
          rightStride, accumulates ? 1 : 0, resultPointer(), stride)
      case .float64:
        unsafe cblas_dgemm(
          CblasRowMajor, leftForm, rightForm, rows, columns, depth, 1, pointer(left), leftStride, pointer(right),
          rightStride, accumulates ? 1 : 0, resultPointer(), stride)
      }
    }
  }

  private func pointer<T>(_ operand: Operand) -> UnsafePointer<T> {
    unsafe UnsafeRawPointer(operand.pointer).assumingMemoryBound(to: T.self)
  }

  private func resultPointer<T>() -> UnsafeMutablePointer<T> {
    unsafe UnsafeMutableRawPointer(result).assumingMemoryBound(to: T.self)
  }
}
