import CConvolutionKernels
import ReferenceConvolution
import TestSupport

@testable import Convolution

/// The kernels between convolutions, of one level, on arrays beside protected pages. The result holds NaN before.
struct ElementwiseCall<Scalar: ConvolutionScalar> {
  let x, y, result: GuardedScalars<Scalar>
  private let level: ConvolutionInstructionSet
  private let bytes = MemoryLayout<Scalar>.size

  var count: Int { x.count }

  init(_ count: Int, guarded edge: GuardedScalars<Scalar>.Edge, _ level: ConvolutionInstructionSet) throws {
    x = GuardedScalars(try Tensor.random([count], seed: 1, holding: .smallIntegers).scalars, guarded: edge)
    y = GuardedScalars(try Tensor.random([count], seed: 2, holding: .smallIntegers).scalars, guarded: edge)
    result = GuardedScalars([Scalar](repeating: .nan, count: count), guarded: edge)
    self.level = level
  }

  func activate(_ function: ConvolutionFunction, _ parameter: Double = 0) {
    unsafe convolution_activate(level, bytes, function, parameter, x.start, result.start, count)
  }

  func activationGradient(_ function: ConvolutionFunction, _ parameter: Double = 0) {
    unsafe convolution_activation_gradient(level, bytes, function, parameter, x.start, y.start, result.start, count)
  }

  func slopeGradient() -> Double { unsafe convolution_slope_gradient(level, bytes, x.start, y.start, count) }

  /// Of y − 2 and x − 3.
  func addSum() -> [Double] {
    var sums = [1.0, 2]
    unsafe convolution_add_sum(level, bytes, x.start, count, &sums)
    return sums
  }

  func moments() -> [Double] {
    var sums = [1.0, 2]
    unsafe convolution_moments(level, bytes, y.start, 2, x.start, 3, count, &sums)
    return sums
  }

  func normalize() { unsafe convolution_normalize(level, bytes, x.start, 3, 0.5, 4, result.start, count) }

  func normalizeGradient() {
    unsafe convolution_normalize_gradient(level, bytes, y.start, 2, 0.5, x.start, 3, 0.25, result.start, count)
  }

  /// The scalars are scores of classes; one position, the second, does not count.
  func crossEntropy(classes: Int, labels: [Int]) -> Double {
    unsafe convolution_cross_entropy(
      level, bytes, x.start, labels, classes, count / classes, 0.5, result.start)
  }

  func hash(_ range: Range<Int>) -> UInt64 {
    unsafe convolution_hash(bytes, x.start + range.lowerBound, UInt64(range.lowerBound), range.count)
  }

  func drop(_ range: Range<Int>, rate: Double = 0.25) {
    unsafe convolution_drop(
      bytes, 42, UInt64(range.lowerBound), rate, 2, x.start + range.lowerBound, result.start + range.lowerBound,
      range.count)
  }
}
