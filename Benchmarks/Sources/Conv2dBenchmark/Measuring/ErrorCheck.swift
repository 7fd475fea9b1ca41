import Convolution
import ReferenceConvolution

/// The largest normalised error of a result and what it may be.
struct ErrorCheck: Codable, Sendable {
  var value: Double
  var bound: Double

  var isExceeded: Bool { !(value <= bound) }

  /// The one nearer to its bound, or farther beyond it.
  static func worse(_ a: ErrorCheck, _ b: ErrorCheck) -> ErrorCheck {
    a.value / a.bound >= b.value / b.bound ? a : b
  }

  /// - Parameter terms: How many products each scalar of the result sums up.
  static func check<Scalar: ConvolutionScalar>(
    _ actual: Tensor<Scalar>, against reference: Tensor<Double>, magnitude: Tensor<Double>, terms: Int,
    mayUseWinograd4x4: Bool
  ) -> ErrorCheck {
    ErrorCheck(
      value: NormalizedError(of: actual, reference: reference, magnitude: magnitude).value,
      bound: max(mayUseWinograd4x4 ? winogradBound : 0, NormalizedError.bound(terms: terms)))
  }

  /// What F(4x4) keeps on the layers of the list; tests hold it to a wider bound on adversarial ones.
  private static let winogradBound = 50.0
}

extension Settings {
  /// Whether F(4x4) may serve the layer, so that its bound holds.
  func mayUseWinograd4x4<Scalar: ConvolutionScalar>(_ layer: LayerDescription, _: Scalar.Type) -> Bool {
    let isEligible =
      Scalar.self == Float.self && layer.kernelHeight == layer.kernelWidth && layer.inputChannels > layer.groups
      && (layer.kernelHeight == 3 && (layer.dilations == 1 || layer.stride == 1)
        || layer.kernelHeight == 5 && layer.stride == 1)
    switch algorithm {
    case .automatic: return isEligible && precision == .standard
    case .winograd4x4: return isEligible
    default: return false
    }
  }
}
