public import Convolution

/// The one measure of error used everywhere: max|y − reference| ÷ (u · max Σ|products|), where the sum runs over one
/// output's products and its bias, and u is half the distance from 1 to the next larger scalar: 2⁻²⁴ for Float, 2⁻⁵³ for
/// Double.
public struct NormalizedError: Sendable {
  /// The measure; infinite where an output differs in class (finite, +∞, −∞, NaN) from its reference.
  public var value: Double

  /// Measures a result against the reference in Double.
  ///
  /// - Parameters:
  ///   - actual: The result.
  ///   - reference: The same computed in Double.
  ///   - magnitude: The reference computed from absolute values: Σ|products| of every output.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  public init<Scalar: ConvolutionScalar>(
    of actual: Tensor<Scalar>, reference: Tensor<Double>, magnitude: Tensor<Double>
  ) {
    precondition(actual.shape == reference.shape && actual.shape == magnitude.shape, "shapes differ")
    var largestError = 0.0
    var largestMagnitude = 0.0
    for ((y, expected), sum) in zip(zip(actual.scalars, reference.scalars), magnitude.scalars) {
      let y = Double(y)
      if expected.isFinite && y.isFinite {
        largestError = max(largestError, abs(y - expected))
        if sum.isFinite { largestMagnitude = max(largestMagnitude, sum) }
      } else if !(expected == y || (expected.isNaN && y.isNaN)) {
        largestError = .infinity
      }
    }
    let unit = Double(Scalar.ulpOfOne) / 2
    value = largestError == 0 ? 0 : largestError / (unit * largestMagnitude)
  }

  /// The bound for algorithms that sum plainly: im2col, direct, F(2×2).
  public static func bound(terms: Int) -> Double { max(16, Double(terms).squareRoot()) }

  /// The bound for F(4×4).
  public static func winogradBound(terms: Int) -> Double { max(128, Double(terms).squareRoot()) }
}

extension Tensor {
  /// The same scalars in Double.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  public func inDouble() throws(ConvolutionError) -> Tensor<Double> {
    try Tensor<Double>(shape: shape, scalars: scalars.map { Double($0) })
  }

  /// The absolute values, in Double.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  public func magnitudes() throws(ConvolutionError) -> Tensor<Double> {
    try Tensor<Double>(shape: shape, scalars: scalars.map { abs(Double($0)) })
  }
}
