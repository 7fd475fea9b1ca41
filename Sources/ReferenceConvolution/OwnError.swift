public import Convolution

/// The second measure of error: each result's error ÷ (u · its own Σ|products|), the largest over all results.
///
/// ``NormalizedError`` holds every result against the largest sum of them all, so that it does not see a small result that
/// was spoilt by values which it does not read. This one does. A result all of whose products are zero has to be exactly
/// zero, or its bias. Sums so small that their error cannot be a number of full precision count as
/// ``smallestMagnitude``.
public struct OwnError: Sendable {
  /// The measure; infinite where a result differs in class from its reference, or is not zero where its products are.
  public var value: Double

  /// Measures a result against the reference in Double.
  ///
  /// - Parameters:
  ///   - actual: The result.
  ///   - reference: The same computed in Double.
  ///   - magnitude: The reference computed from absolute values: Σ|products| of every result.
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
    value = 0
    for ((y, expected), sum) in zip(zip(actual.scalars, reference.scalars), magnitude.scalars) {
      // What is out of the scalar's range is infinite there.
      let (y, expected) = (Double(y), Double(Scalar(expected)).isFinite ? expected : Double(Scalar(expected)))
      if expected.isFinite && y.isFinite {
        let error = abs(y - expected)
        if error > 0 { value = max(value, sum == 0 ? .infinity : error / (unit * max(sum, smallest))) }
      } else if !(expected == y || (expected.isNaN && y.isNaN)) {
        // An intermediate sum may pass the range where the result, which cancels, does not.
        if !(sum >= Double(Scalar.greatestFiniteMagnitude) / 2) { value = .infinity }
      }
    }
  }

  /// The largest that is promised of `automatic`, whatever the values are: direct summation of n terms errs by n units at most.
  public static func bound<Scalar: ConvolutionScalar>(terms: Int, of layer: Conv2d<Scalar>) -> Double {
    max(mayUseLargeTiles(layer) ? 1024 : 16, Double(terms))
  }
}
