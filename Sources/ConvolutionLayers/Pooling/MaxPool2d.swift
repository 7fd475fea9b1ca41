public import Convolution

/// The largest of each window of an image, as PyTorch's
/// [`nn.MaxPool2d`](https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html).
///
///     y[n, c, i, j] = max over kh, kw of x[n, c, i·sh + kh·dh − ph, j·sw + kw·dw − pw]
///     Hout = ⌊(H + 2·ph − dh·(kH − 1) − 1) / sh⌋ + 1, likewise the width
///
/// Padding takes no part; a window that holds NaN gives NaN, and one without a pixel, which dilation can make, −∞. With
/// `ceilMode` the division is rounded up, but no window begins beyond the input and its leading padding. Backward, an
/// output's gradient goes to the pixel that was the largest, the first of equals in row-major order.
///
/// `[N, C, H, W]` becomes `[N, C, Hout, Wout]`, `[C, H, W]` becomes `[C, Hout, Wout]`. An input of another
/// rank is refused with `ConvolutionError.shapeMismatch`, one that is smaller than a window with
/// `ConvolutionError.kernelExceedsInput`.
///
/// ```swift
/// let layer = try MaxPool2d<Float>(kernelSize: 2)
/// let image = try Tensor<Float>(shape: [1, 2, 2], scalars: [1, 2, 3, 6])
/// print(try layer(image).scalars)     // [6.0]
/// ```
public struct MaxPool2d<Scalar: ConvolutionScalar>: Module, Pooling {
  /// Height and width of the windows.
  public let kernelSize: Size2d
  /// The step from one window to the next, in pixels.
  public let stride: Size2d
  /// Pixels added at the top and the bottom (`height`), and left and right (`width`).
  public let padding: Size2d
  /// The distance between the pixels of a window.
  public let dilation: Size2d
  /// Whether a window may reach over the end of the padded input.
  public let ceilMode: Bool
  /// Where the layer computes, and on how many threads.
  public var device: Device

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - kernelSize: Height and width of the windows, at least 1 each.
  ///   - stride: The step from one window to the next, at least 1 each; `nil` for the kernel's size.
  ///   - padding: From 0 to half the kernel's size.
  ///   - dilation: The distance between the pixels of a window, at least 1 each.
  ///   - ceilMode: Whether the output's size is rounded up.
  ///   - device: Where the layer computes.
  /// - Throws: `ConvolutionError.valueOutOfRange` outside these ranges.
  public init(
    kernelSize: any Size2dConvertible, stride: (any Size2dConvertible)? = nil, padding: any Size2dConvertible = 0,
    dilation: any Size2dConvertible = 1, ceilMode: Bool = false, device: Device = .cpu
  ) throws(ConvolutionError) {
    self.kernelSize = kernelSize.size2d
    self.stride = (stride ?? kernelSize).size2d
    self.padding = padding.size2d
    self.dilation = dilation.size2d
    try PoolingSettings.check(
      kernelSize: self.kernelSize, stride: self.stride, padding: self.padding, dilation: self.dilation)
    self.ceilMode = ceilMode
    self.device = device
  }

  static var isMean: Bool { false }

  func axis(_ axis: KeyPath<Size2d, Int>, input: Int) throws(ConvolutionError) -> PoolingAxis {
    try PoolingAxis(
      name: axis == \.height ? "height" : "width", input: input, kernel: kernelSize[keyPath: axis],
      stride: stride[keyPath: axis], padding: padding[keyPath: axis], dilation: dilation[keyPath: axis],
      ceilMode: ceilMode, countsPadding: false)
  }

  /// PyTorch's words for the layer. Equal sides are printed as one number.
  public var extraRepresentation: String {
    "kernel_size=\(kernelSize.shortText), stride=\(stride.shortText), padding=\(padding.shortText), "
      + "dilation=\(dilation.shortText), ceil_mode=\(ceilMode ? "True" : "False")"
  }
}
