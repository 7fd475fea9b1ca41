public import Convolution

/// A convolution over sequences, as PyTorch's [`nn.Conv1d`](https://pytorch.org/docs/stable/generated/torch.nn.Conv1d.html).
///
///     y[n, o, i] = bias[o] + Σc Σk x[n, c, i·stride + k·dilation − left] · weight[o, c, k]
///     Lout = ⌊(L + left + right − dilation·(K − 1) − 1) / stride⌋ + 1
///
/// The ``ConvolutionFace/weight`` is `[O, I / groups, K]`, the ``ConvolutionFace/bias`` `[O]`. An input `[N, C, L]` becomes
/// `[N, O, Lout]`, `[C, L]` becomes `[O, Lout]`. It is a `Conv2d` of images one pixel high, and refuses what that refuses.
///
/// ```swift
/// let layer = try Conv1d<Float>(inputChannels: 2, outputChannels: 8, kernelSize: 5, padding: 2)
/// let output = try layer(Tensor(zeros: [4, 2, 100]))     // [4, 8, 100]
/// ```
public struct Conv1d<Scalar: ConvolutionScalar>: ConvolutionFace {
  /// The convolution that computes the layer.
  public var inside: ConvolutionInside<Scalar>

  /// Channels of the input.
  public var inputChannels: Int { inside.convolution.inputChannels }
  /// Channels of the output.
  public var outputChannels: Int { inside.convolution.outputChannels }
  /// How long the filters are.
  public var kernelSize: Int { inside.convolution.kernelSize.width }
  /// The step from one output to the next.
  public var stride: Int { inside.convolution.stride.width }
  /// What is added at both ends, as the left and right of a padding.
  public var padding: Padding { inside.convolution.padding }
  /// The distance between taps of the kernel.
  public var dilation: Int { inside.convolution.dilation.width }
  /// How many independent convolutions the channels are split into.
  public var groups: Int { inside.convolution.groups }
  /// What the added positions hold.
  public var paddingMode: PaddingMode { inside.convolution.paddingMode }

  /// Creates a layer with random weights: weight, `[O, I / groups, K]`, and bias, `[O]`, are drawn from U(−b, b) with
  /// b = 1 / √(I / groups · K).
  ///
  /// - Parameters:
  ///   - inputChannels: Channels of the input, at least 1.
  ///   - outputChannels: Channels of the output, at least 1.
  ///   - kernelSize: How long the filters are, at least 1.
  ///   - stride: The step from one output to the next, at least 1.
  ///   - padding: What is added at both ends: a number, `.same` (needs stride 1), `.valid`, or `.explicit` with nothing at
  ///     the top and the bottom, which a sequence does not have.
  ///   - dilation: The distance between taps of the kernel, at least 1.
  ///   - groups: How many independent convolutions the channels are split into; a divisor of both channel counts.
  ///   - bias: Whether the layer has a bias.
  ///   - paddingMode: What the added positions hold.
  ///   - device: Where the layer computes.
  /// - Throws: `ConvolutionError` for a value outside these ranges, a weight too large for 64 bits or for memory.
  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Padding = 0,
    dilation: Int = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, device: Device = .cpu
  ) throws(ConvolutionError) {
    var generator = SystemGenerator()
    try self.init(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: kernelSize, stride: stride,
      padding: padding, dilation: dilation, groups: groups, bias: bias, paddingMode: paddingMode, device: device,
      using: &generator)
  }

  /// Creates a layer whose random weights come from a generator: the same generator in the same state gives the same layer.
  ///
  /// - Parameters:
  ///   - inputChannels: Channels of the input, at least 1.
  ///   - outputChannels: Channels of the output, at least 1.
  ///   - kernelSize: How long the filters are, at least 1.
  ///   - stride: The step from one output to the next, at least 1.
  ///   - padding: What is added at both ends: a number, `.same` (needs stride 1), `.valid`, or `.explicit` with nothing at
  ///     the top and the bottom, which a sequence does not have.
  ///   - dilation: The distance between taps of the kernel, at least 1.
  ///   - groups: How many independent convolutions the channels are split into; a divisor of both channel counts.
  ///   - bias: Whether the layer has a bias.
  ///   - paddingMode: What the added positions hold.
  ///   - device: Where the layer computes.
  ///   - generator: The source of random numbers.
  /// - Throws: `ConvolutionError` for a value outside these ranges, a weight too large for 64 bits or for memory.
  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Padding = 0,
    dilation: Int = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, device: Device = .cpu,
    using generator: inout some RandomNumberGenerator
  ) throws(ConvolutionError) {
    inside = try ConvolutionInside(
      Conv2d(
        inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: Size2d(1, kernelSize),
        stride: Size2d(1, stride), padding: Self.padding(ofImages: padding), dilation: Size2d(1, dilation),
        groups: groups, bias: bias, paddingMode: paddingMode, device: device, using: &generator),
      seenAs: .sequences)
  }

  /// Creates a layer with random weights whose padding is a number of run time, at both ends.
  ///
  /// - Throws: `ConvolutionError` as the other initialisers do.
  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int, dilation: Int = 1,
    groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, device: Device = .cpu
  ) throws(ConvolutionError) {
    try self.init(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: kernelSize, stride: stride,
      padding: .symmetric(padding), dilation: dilation, groups: groups, bias: bias, paddingMode: paddingMode,
      device: device)
  }

  /// A number literal pads every edge alike: of an image one pixel high, only the left and the right.
  private static func padding(ofImages padding: Padding) throws(ConvolutionError) -> Padding {
    guard case .explicit(let top, let bottom, let left, let right) = padding else { return padding }
    guard (top == 0 && bottom == 0) || padding == .symmetric(left) else {
      throw .invalidSetting(
        name: "padding", expected: "one number, or nothing at the top and the bottom",
        actual: "top \(top), bottom \(bottom), left \(left), right \(right)")
    }
    return .explicit(top: 0, bottom: 0, left: left, right: right)
  }

  /// PyTorch's words for the layer; two ends that differ, which PyTorch cannot say, as `padding=(left=1, right=2)`.
  public var extraRepresentation: String {
    var words = ["\(inputChannels)", "\(outputChannels)", "kernel_size=(\(kernelSize),)", "stride=(\(stride),)"]
    switch padding {
    case .valid: words.append("padding=valid")
    case .same: words.append("padding=same")
    case .explicit(_, _, let left, let right) where left != right:
      words.append("padding=(left=\(left), right=\(right))")
    case .explicit(_, _, let side, _): if side != 0 { words.append("padding=(\(side),)") }
    }
    if dilation != 1 { words.append("dilation=(\(dilation),)") }
    if groups != 1 { words.append("groups=\(groups)") }
    if bias == nil { words.append("bias=False") }
    if paddingMode != .zeros { words.append("padding_mode=\(paddingMode.rawValue)") }
    return words.joined(separator: ", ")
  }
}
