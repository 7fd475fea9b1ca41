/// A height and a width: a kernel size, a stride or a dilation.
///
/// An integer stands for a square: `kernelSize: 3` is `Size2d(3, 3)` (``Size2dConvertible``). Any pair of integers can be
/// held; the layer that receives it says which values it accepts.
///
/// ```swift
/// let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: Size2d(3, 5), stride: Size2d(1, 2))
/// ```
public struct Size2d: Sendable, Hashable, ExpressibleByIntegerLiteral {
  /// The extent along the rows of an image.
  public var height: Int
  /// The extent along the columns of an image.
  public var width: Int

  /// Creates a size from its height and width, in that order.
  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// Creates a size from its height and width.
  public init(height: Int, width: Int) {
    self.init(height, width)
  }

  /// Creates a square size from a side known at run time.
  public init(_ side: Int) {
    self.init(side, side)
  }

  /// Creates a square size from a literal.
  public init(integerLiteral side: Int) {
    self.init(side, side)
  }
}

extension Size2d: CustomStringConvertible {
  /// The pair as PyTorch prints it: `(3, 5)`.
  public var description: String { "(\(height), \(width))" }
}
