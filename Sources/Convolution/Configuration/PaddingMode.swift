/// What the pixels added by ``Padding`` hold.
///
/// For a row `a b c d` padded by two on either side:
///
/// | mode | padded row | limit on each edge |
/// |---|---|---|
/// | `zeros` | `0 0 a b c d 0 0` | none |
/// | `reflect` | `c b a b c d c b` | less than the input's extent |
/// | `replicate` | `a a a b c d d d` | none |
/// | `circular` | `c d a b c d a b` | at most the input's extent |
///
/// ```swift
/// let layer = try Conv2d<Float>(
///   inputChannels: 3, outputChannels: 8, kernelSize: 3, padding: 1, paddingMode: .reflect)
/// ```
public enum PaddingMode: String, Sendable, Hashable, CaseIterable {
  case zeros, reflect, replicate, circular

  /// Creates the mode that PyTorch calls by this name.
  ///
  /// - Parameter name: `"zeros"`, `"reflect"`, `"replicate"` or `"circular"`.
  /// - Throws: ``ConvolutionError/unknownName(parameter:supported:actual:)`` for any other name.
  public init(_ name: String) throws(ConvolutionError) {
    try self.init(named: name, parameter: "padding mode")
  }
}
