/// The scalars that can be convolved: `Float` and `Double`.
///
/// There are no others, and a program cannot add one: the requirement below has a value for these two alone.
public protocol ConvolutionScalar: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  /// How the scalar is stored. Kernels choose by it.
  static var scalarFormat: ScalarFormat<Self> { get }
}

/// How a scalar is stored, proof that there are kernels for it. It has no public initialiser.
public struct ScalarFormat<Scalar: ConvolutionScalar>: Sendable {
  enum Kind { case float32, float64 }
  let kind: Kind
}

extension Float: ConvolutionScalar {
  /// IEEE 754 binary32.
  public static var scalarFormat: ScalarFormat<Float> { ScalarFormat(kind: .float32) }
}

extension Double: ConvolutionScalar {
  /// IEEE 754 binary64.
  public static var scalarFormat: ScalarFormat<Double> { ScalarFormat(kind: .float64) }
}
