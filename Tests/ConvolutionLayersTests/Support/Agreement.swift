import Convolution
import Testing

/// Expects the shape of a golden tensor, and scalars within `tolerance` times the largest finite one of it, or 1; the same
/// where a scalar is not finite.
func expectAgreement<Scalar>(
  _ actual: Tensor<Scalar>, _ golden: GoldenTensor, _ tolerance: Double, _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.shape == golden.shape else {
    Issue.record("\(name): shape \(actual.shape), expected \(golden.shape)", sourceLocation: sourceLocation)
    return
  }
  let expected = golden.doubles
  let most = expected.filter { $0.isFinite && abs($0) < 1e6 }.map { abs($0) }.max() ?? 0
  for (index, (actual, expected)) in zip(actual.scalars, expected).enumerated() {
    let agrees =
      if expected.isNaN {
        actual.isNaN
      } else if Scalar(expected).isInfinite || actual.isInfinite {
        actual == Scalar(expected)
      } else {
        abs(Double(actual) - expected) <= tolerance * max(1, most, abs(expected))
      }
    if !agrees {
      Issue.record("\(name)[\(index)]: \(actual), expected \(expected)", sourceLocation: sourceLocation)
      return
    }
  }
}
