/// How far an input is extended at its four edges before it is convolved.
///
/// An integer pads every edge alike, and a pair the edges of each axis: `padding: 1` is `.symmetric(1)`, and
/// `padding: Size2d(1, 2)` is `.symmetric(Size2d(1, 2))`. What the added pixels hold is said by ``PaddingMode``.
///
/// ```swift
/// let same = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 5, padding: .same)
/// let below = try Conv2d<Float>(
///   inputChannels: 3, outputChannels: 8, kernelSize: 5, padding: .explicit(top: 0, bottom: 4, left: 2, right: 2))
/// ```
public enum Padding: Sendable, Hashable, ExpressibleByIntegerLiteral {
  /// No padding: the kernel stays inside the input.
  case valid

  /// As much padding as keeps the output's height and width equal to the input's; needs stride 1.
  ///
  /// The total along an axis is `dilation · (kernel − 1)`. Its smaller half goes to the top and the left, so that an odd
  /// total puts the extra pixel at the bottom and at the right, as PyTorch does.
  case same

  /// A number of pixels for each edge, none of them negative.
  case explicit(top: Int, bottom: Int, left: Int, right: Int)

  /// The same padding above and below (`size.height`), and left and right (`size.width`).
  public static func symmetric(_ size: Size2d) -> Padding {
    .explicit(top: size.height, bottom: size.height, left: size.width, right: size.width)
  }

  /// The same padding at all four edges.
  public static func symmetric(_ side: Int) -> Padding {
    .symmetric(Size2d(side))
  }

  /// Creates the padding that PyTorch calls by this name.
  ///
  /// - Parameter name: `"same"` or `"valid"`.
  /// - Throws: ``ConvolutionError/unknownName(parameter:supported:actual:)`` for any other name.
  public init(_ name: String) throws(ConvolutionError) {
    switch name {
    case "same": self = .same
    case "valid": self = .valid
    default: throw .unknownName(parameter: "padding", supported: ["same", "valid"], actual: name)
    }
  }

  /// Pads all four edges by a literal.
  public init(integerLiteral side: Int) {
    self = .symmetric(side)
  }
}
