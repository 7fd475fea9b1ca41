public import Convolution

/// Means of windows that divide an image of any size into a given number, as PyTorch's
/// [`nn.AdaptiveAvgPool2d`](https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html).
///
/// Output `i` of `Hout` is the mean over rows ⌊i · H / Hout⌋ up to but not including ⌈(i + 1) · H / Hout⌉, likewise the
/// columns; windows overlap where the numbers do not divide.
///
/// `[N, C, H, W]` becomes `[N, C, Hout, Wout]`, `[C, H, W]` becomes `[C, Hout, Wout]`. An input of another
/// rank is refused with `ConvolutionError.shapeMismatch`, one without pixels with `ConvolutionError.valueOutOfRange`.
///
/// ```swift
/// let layer = try AdaptiveAvgPool2d<Float>(outputSize: 1)
/// let output = try layer(Tensor(zeros: [2, 512, 7, 7]))     // [2, 512, 1, 1]
/// ```
public struct AdaptiveAvgPool2d<Scalar: ConvolutionScalar>: Module, Pooling {
  /// Height and width of the output.
  public let outputSize: Size2d
  /// Where the layer computes, and on how many threads.
  public var device: Device
  private let isOneNumber: Bool

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - outputSize: Height and width of the output, at least 1 each. It is printed as a pair.
  ///   - device: Where the layer computes.
  /// - Throws: `ConvolutionError.valueOutOfRange` for a smaller size.
  public init(outputSize: Size2d, device: Device = .cpu) throws(ConvolutionError) {
    try self.init(outputSize, isOneNumber: false, device)
  }

  /// Creates a layer whose output is a square.
  ///
  /// - Parameters:
  ///   - outputSize: Height and width of the output, at least 1. It is printed as one number.
  ///   - device: Where the layer computes.
  /// - Throws: `ConvolutionError.valueOutOfRange` for a smaller size.
  public init(outputSize: Int, device: Device = .cpu) throws(ConvolutionError) {
    try self.init(Size2d(outputSize), isOneNumber: true, device)
  }

  private init(_ outputSize: Size2d, isOneNumber: Bool, _ device: Device) throws(ConvolutionError) {
    guard outputSize.height >= 1, outputSize.width >= 1 else {
      throw .valueOutOfRange(
        name: "outputSize", expected: "1 or more", actual: [outputSize.height, outputSize.width])
    }
    self.outputSize = outputSize
    self.isOneNumber = isOneNumber
    self.device = device
  }

  static var isMean: Bool { true }

  func axis(_ axis: KeyPath<Size2d, Int>, input: Int) throws(ConvolutionError) -> PoolingAxis {
    try PoolingAxis(name: axis == \.height ? "height" : "width", input: input, output: outputSize[keyPath: axis])
  }

  /// PyTorch's words for the layer.
  public var extraRepresentation: String {
    "output_size=\(isOneNumber ? "\(outputSize.height)" : "\(outputSize)")"
  }
}
