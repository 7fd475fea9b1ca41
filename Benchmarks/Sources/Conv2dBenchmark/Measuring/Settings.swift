import Convolution

/// How every layer of a run is computed.
struct Settings: Sendable {
  var threads: Int
  var algorithm: ConvolutionAlgorithm = .automatic
  var precision: Precision = .standard
  /// Whether the gradients are measured in place of the output.
  var isBackward = false
}
