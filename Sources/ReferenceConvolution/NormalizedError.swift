public import Convolution

/// How far a result lies from its reference, in units u: half the distance from 1 to the next larger scalar, 2⁻²⁴ for Float
/// and 2⁻⁵³ for Double. Sums run over one output's products and its bias.
public struct NormalizedError: Sendable {
  /// max|y − reference| ÷ (u · max Σ|products|), the measure used everywhere; infinite where an output differs in class
  /// (finite, +∞, −∞, NaN) from its reference.
  public private(set) var value: Double

  /// The largest of each result's error ÷ (u · its own Σ|products|).
  ///
  /// ``value`` holds every result against the largest sum of them all, so that it does not see a small result that was
  /// spoilt by values which it does not read. This one does. A result all of whose products are zero has to be exactly zero,
  /// or its bias: else the measure is infinite. Sums so small that their error cannot be a number of full precision count as
  /// the smallest normal number over u.
  public private(set) var own = 0.0

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
    let unit = Double(Scalar.ulpOfOne) / 2
    // Half of the smallest normal number is rounded to a unit.
    let smallest = Double(Scalar.leastNormalMagnitude) / unit
    var largestError = 0.0
    var largestMagnitude = 0.0
    for ((y, exact), sum) in zip(zip(actual.scalars, reference.scalars), magnitude.scalars) {
      let y = Double(y)
      if exact.isFinite && y.isFinite {
        largestError = max(largestError, abs(y - exact))
        if sum.isFinite { largestMagnitude = max(largestMagnitude, sum) }
      } else if !(exact == y || (exact.isNaN && y.isNaN)) {
        largestError = .infinity
      }
      // What is out of the scalar's range is infinite there.
      let expected = Double(Scalar(exact)).isFinite ? exact : Double(Scalar(exact))
      if expected.isFinite && y.isFinite {
        let error = abs(y - expected)
        if error > 0 { own = max(own, sum == 0 ? .infinity : error / (unit * max(sum, smallest))) }
      } else if !(expected == y || (expected.isNaN && y.isNaN)) {
        // An intermediate sum may pass the range where the result, which cancels, does not.
        if !(sum >= Double(Scalar.greatestFiniteMagnitude) / 2) { own = .infinity }
      }
    }
    value = largestError == 0 ? 0 : largestError / (unit * largestMagnitude)
  }

  /// The bound for algorithms that sum plainly: im2col, direct, F(2×2).
  public static func bound(terms: Int) -> Double { max(16, Double(terms).squareRoot()) }

  /// The bound for F(4×4).
  public static func winogradBound(terms: Int) -> Double { max(128, Double(terms).squareRoot()) }

  /// The largest ``own`` that is promised of `automatic`, whatever the values are: ``bound(terms:)`` where the precision is
  /// strict, and 1,024 with F(3×3) or F(4×4). Other sums of up to 64 terms err by their number of units at most, and longer
  /// ones stay below 64.
  public static func ownBound(terms: Int, of layer: some ConvolutionLayer) -> Double {
    if mayUseLargeTiles(layer) { return 1024 }
    return layer.precision == .strict ? bound(terms: terms) : max(bound(terms: terms), min(Double(terms), 64))
  }
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
