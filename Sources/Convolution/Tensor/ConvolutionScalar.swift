/// The scalars that can be convolved: `Float` and `Double`.
///
/// There are no others, and a program cannot add one: the requirement below has a value for these two alone.
///
/// ```swift
/// func mean<Scalar: ConvolutionScalar>(of tensor: Tensor<Scalar>) -> Scalar {
///   tensor.scalars.reduce(0, +) / Scalar(tensor.count)
/// }
/// ```
public protocol ConvolutionScalar: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  /// How the scalar is stored. Kernels choose by it.
  static var scalarFormat: ScalarFormat<Self> { get }
}

/// How a ``ConvolutionScalar`` is stored, proof that there are kernels for it. It has no public initialiser.
public struct ScalarFormat<Scalar: ConvolutionScalar>: Sendable {
  enum Kind { case float32, float64 }
  let kind: Kind
}

extension Float: ConvolutionScalar {
  /// The format of this ``ConvolutionScalar``: IEEE 754 binary32.
  public static var scalarFormat: ScalarFormat<Float> { ScalarFormat(kind: .float32) }
}

extension Double: ConvolutionScalar {
  /// The format of this ``ConvolutionScalar``: IEEE 754 binary64.
  public static var scalarFormat: ScalarFormat<Double> { ScalarFormat(kind: .float64) }
}
