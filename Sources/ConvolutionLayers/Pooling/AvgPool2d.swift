public import Convolution

/// The mean of each window of an image, as PyTorch's
/// [`nn.AvgPool2d`](https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html).
///
///     y[n, c, i, j] = 1 / divisor · Σ over kh, kw of x[n, c, i·sh + kh − ph, j·sw + kw − pw]
///     Hout = ⌊(H + 2·ph − kH) / sh⌋ + 1, likewise the width
///
/// The divisor is the number of pixels of the window, where those of the padding are counted if ``countIncludePad`` says so
/// (but not what lies behind it, which `ceilMode` can reach), or ``divisorOverride``. With `ceilMode` the division is
/// rounded up, but no window begins beyond the input and its leading padding.
///
/// `[N, C, H, W]` becomes `[N, C, Hout, Wout]`, `[C, H, W]` becomes `[C, Hout, Wout]`. An input of another
/// rank is refused with `ConvolutionError.shapeMismatch`, one that is smaller than a window with
/// `ConvolutionError.kernelExceedsInput`.
///
/// ```swift
/// let layer = try AvgPool2d<Float>(kernelSize: 2)
/// let image = try Tensor<Float>(shape: [1, 2, 2], scalars: [1, 2, 3, 6])
/// print(try layer(image).scalars)     // [3.0]
/// ```
public struct AvgPool2d<Scalar: ConvolutionScalar>: Module, Pooling {
  /// Height and width of the windows.
  public let kernelSize: Size2d
  /// The step from one window to the next, in pixels.
  public let stride: Size2d
  /// Zeros added at the top and the bottom (`height`), and left and right (`width`).
  public let padding: Size2d
  /// Whether a window may reach over the end of the padded input.
  public let ceilMode: Bool
  /// Whether the divisor counts pixels of the padding.
  public let countIncludePad: Bool
  /// What sums are divided by instead of the number of pixels.
  public let divisorOverride: Int?
  /// Where the layer computes, and on how many threads.
  public var device: Device

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - kernelSize: Height and width of the windows, at least 1 each.
  ///   - stride: The step from one window to the next, at least 1 each; `nil` for the kernel's size.
  ///   - padding: From 0 to half the kernel's size.
  ///   - ceilMode: Whether the output's size is rounded up.
  ///   - countIncludePad: Whether the divisor counts pixels of the padding.
  ///   - divisorOverride: What sums are divided by instead of the number of pixels; not 0.
  ///   - device: Where the layer computes.
  /// - Throws: `ConvolutionError.valueOutOfRange` outside these ranges.
  public init(
    kernelSize: any Size2dConvertible, stride: (any Size2dConvertible)? = nil, padding: any Size2dConvertible = 0,
    ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil, device: Device = .cpu
  ) throws(ConvolutionError) {
    self.kernelSize = kernelSize.size2d
    self.stride = (stride ?? kernelSize).size2d
    self.padding = padding.size2d
    try PoolingSettings.check(
      kernelSize: self.kernelSize, stride: self.stride, padding: self.padding, dilation: 1)
    if let divisorOverride, divisorOverride == 0 {
      throw .valueOutOfRange(name: "divisorOverride", expected: "a number other than 0", actual: [0])
    }
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
    self.divisorOverride = divisorOverride
    self.device = device
  }

  static var isMean: Bool { true }

  func axis(_ axis: KeyPath<Size2d, Int>, input: Int) throws(ConvolutionError) -> PoolingAxis {
    let isHeight = axis == \.height
    return try PoolingAxis(
      name: isHeight ? "height" : "width", input: input, kernel: kernelSize[keyPath: axis],
      stride: stride[keyPath: axis], padding: padding[keyPath: axis], dilation: 1, ceilMode: ceilMode,
      countsPadding: countIncludePad, extent: divisorOverride.map { isHeight ? $0 : 1 })
  }

  /// PyTorch's words for the layer, which leave out what comes after the padding. Equal sides are printed as one number.
  public var extraRepresentation: String {
    "kernel_size=\(kernelSize.shortText), stride=\(stride.shortText), padding=\(padding.shortText)"
  }
}
