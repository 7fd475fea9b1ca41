public import Convolution

/// The convolution as its formula reads: seven plain loops with one scalar accumulator, on one thread.
///
/// Tests run it in Double and check everything against it; the benchmark races it in the layer's own scalar type. It shares
/// no index arithmetic with the package it checks.
public struct NaiveConvolution: Sendable {
  /// As the layer's arguments of the same names.
  public var stride, dilation: Size2d
  /// As the layer's argument of the same name.
  public var padding: Padding
  /// As the layer's argument of the same name.
  public var groups: Int
  /// As the layer's argument of the same name.
  public var paddingMode: PaddingMode

  /// Creates a reference with the arguments of ``Convolution/Conv2d``; nothing is checked.
  public init(
    stride: Size2d = 1, padding: Padding = 0, dilation: Size2d = 1, groups: Int = 1, paddingMode: PaddingMode = .zeros
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.paddingMode = paddingMode
  }
}
