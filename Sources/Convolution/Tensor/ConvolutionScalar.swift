/// The scalars that can be convolved: `Float` and `Double`.
///
/// Do not conform other types to it; the requirement below is OpenBLAS's product for the two precisions.
public protocol ConvolutionScalar: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  /// One product by OpenBLAS, whose sizes and strides fit its 32-bit integers. Not meant for use outside the package.
  static func _multiply(_ product: _MatrixProduct<Self>)
}
