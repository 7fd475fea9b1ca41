@testable import Convolution
import ReferenceConvolution
import TestSupport

/// A product of a square matrix with itself, straight by OpenBLAS: a thread that computes it over and over is hardly ever
/// anywhere else.
struct SquareProduct: Sendable {
  private let side: Int
  private let matrix: Tensor<Float>

  /// - Parameter side: Above 100, for below a million multiplications OpenBLAS does without a buffer.
  init(side: Int) throws {
    try OpenBLAS.prepare()
    self.side = side
    matrix = try .random([side, side], seed: 1)
  }

  func computed() -> [Float] {
    matrix.withUnsafeBufferPointer { matrix in
      unsafe [Float](unsafeUninitializedCapacity: side * side) { result, count in
        let operand = unsafe MatrixProduct<Float>.Operand(pointer: matrix.baseAddress!, rowStride: side)
        unsafe MatrixProduct(
          rows: side, columns: side, depth: side, left: operand, right: operand, result: result.baseAddress!,
          resultRowStride: side, accumulates: false
        ).run()
        count = side * side
      }
    }
  }
}
