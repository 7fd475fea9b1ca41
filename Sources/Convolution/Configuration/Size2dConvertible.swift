/// An integer or a pair: what a kernel size, a stride, a dilation or a padding may be given as.
///
/// ```swift
/// let side = 5
/// let square = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: side, padding: side / 2)
/// let oblong = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: Size2d(side, 3), stride: 2)
/// ```
public protocol Size2dConvertible {
  /// The pair; for an integer a square.
  var size2d: Size2d { get }
}

extension Int: Size2dConvertible {
  /// The square of this side, as a ``Size2dConvertible``.
  public var size2d: Size2d { Size2d(self) }
}

extension Size2d: Size2dConvertible {
  /// The size itself.
  public var size2d: Size2d { self }
}
