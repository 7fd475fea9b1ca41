/// A 2-D convolution with learnable weight and bias, as PyTorch's
/// [`nn.Conv2d`](https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html).
///
/// For an input `[N, C, H, W]` (or `[C, H, W]`), a weight `[O, C / groups, kH, kW]` and a bias `[O]` the output is
/// `[N, O, Hout, Wout]` (or `[O, Hout, Wout]`), where `c` runs over the channels of `o`'s group:
///
///     y[n, o, i, j] = b[o] + Σc Σkh Σkw  x[n, c, i·sh + kh·dh − top, j·sw + kw·dw − left] · w[o, c, kh, kw]
///
///     Hout = ⌊(H + top + bottom − dh·(kH − 1) − 1) / sh⌋ + 1
///     Wout = ⌊(W + left + right − dw·(kW − 1) − 1) / sw⌋ + 1
///
/// Outside the input `x` is what ``paddingMode`` says. An empty batch is legal and gives an empty output.
///
/// The gradients, with `dy` that of the output, sum over all terms in which a scalar takes part in this formula:
///
///     dx[n, c, h, w]    = Σ dy[n, o, i, j] · w[o, c, kh, kw]     over all (o, i, j, kh, kw) that read x[n, c, h, w]
///     dw[o, c, kh, kw]  = Σ dy[n, o, i, j] · x[n, c, i·sh + kh·dh − top, j·sw + kw·dw − left]   over n, i, j
///     db[o]             = Σ dy[n, o, i, j]   over n, i, j
///
/// ``ConvolutionLayer`` has the methods: ``ConvolutionLayer/forward(_:)``, ``ConvolutionLayer/gradients(of:at:for:)``,
/// ``ConvolutionLayer/backward(_:at:for:)`` and others. They throw a ``ConvolutionError`` for an input of another rank or
/// number of channels, and for one that is smaller than the kernel or than what ``paddingMode`` reads of it.
///
/// ```swift
/// let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 64, kernelSize: 3, padding: 1)
/// let output = try layer(Tensor(zeros: [8, 3, 32, 32]))     // [8, 64, 32, 32]
/// ```
///
/// A layer is a value and may be used from any number of threads at a time. Two layers are equal when arguments, weights,
/// gradients and settings are.
public struct Conv2d<Scalar: ConvolutionScalar>: ConvolutionLayer, Equatable {
  let configuration: ConvolutionConfiguration

  /// The filters, `[O, I / groups, kH, kW]`.
  public var weight: Parameter<Scalar>
  /// What is added to each output channel, `[O]`, or `nil` for a layer without bias.
  public var bias: Parameter<Scalar>?
  /// Where the layer computes, and on how many threads.
  public var device: Device
  /// How the layer computes.
  public var algorithm: ConvolutionAlgorithm
  /// How much accuracy ``ConvolutionAlgorithm/automatic`` may trade for speed.
  public var precision: Precision

  /// Creates a layer from what the initialisers have made of their arguments.
  private init(
    _ configuration: ConvolutionConfiguration, weight: Tensor<Scalar>, bias: Tensor<Scalar>?, device: Device,
    algorithm: ConvolutionAlgorithm, precision: Precision
  ) {
    self.configuration = configuration
    self.weight = Parameter(weight)
    self.bias = bias.map { Parameter($0) }
    self.device = device
    self.algorithm = algorithm
    self.precision = precision
  }

  /// Creates a layer with random weights: weight and bias are drawn from U(−b, b) with b = 1 / √(I / groups · kH · kW),
  /// PyTorch's Kaiming-uniform initialisation.
  ///
  /// - Parameters:
  ///   - inputChannels: Channels of the input, at least 1.
  ///   - outputChannels: Channels of the output, at least 1.
  ///   - kernelSize: Height and width of the filters, at least 1 each.
  ///   - stride: The step from one output to the next, in input pixels, at least 1 each.
  ///   - padding: Pixels added at the edges, 0 or more at each. `.same` needs stride 1.
  ///   - dilation: The distance between taps of the kernel, in input pixels, at least 1 each.
  ///   - groups: How many independent convolutions the channels are split into; a divisor of both channel counts.
  ///   - bias: Whether the layer has a bias.
  ///   - paddingMode: What the added pixels hold.
  ///   - device: Where the layer computes.
  ///   - algorithm: How the layer computes.
  ///   - precision: How much accuracy ``ConvolutionAlgorithm/automatic`` may trade for speed.
  /// - Throws: ``ConvolutionError`` for a value outside these ranges, a weight too large for 64 bits or for memory.
  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: some Size2dConvertible, stride: some Size2dConvertible = 1,
    padding: Padding = 0, dilation: some Size2dConvertible = 1, groups: Int = 1, bias: Bool = true,
    paddingMode: PaddingMode = .zeros, device: Device = .cpu, algorithm: ConvolutionAlgorithm = .automatic,
    precision: Precision = .standard
  ) throws(ConvolutionError) {
    var generator = SystemGenerator()
    try self.init(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: kernelSize, stride: stride,
      padding: padding, dilation: dilation, groups: groups, bias: bias, paddingMode: paddingMode, device: device,
      algorithm: algorithm, precision: precision, using: &generator)
  }

  /// Creates a layer whose random weights come from a generator: the same generator in the same state gives the same
  /// layer. The weight is drawn first, in row-major order, then the bias; one number of 64 bits for each scalar.
  ///
  /// - Parameters:
  ///   - inputChannels: Channels of the input, at least 1.
  ///   - outputChannels: Channels of the output, at least 1.
  ///   - kernelSize: Height and width of the filters, at least 1 each.
  ///   - stride: The step from one output to the next, in input pixels, at least 1 each.
  ///   - padding: Pixels added at the edges, 0 or more at each. `.same` needs stride 1.
  ///   - dilation: The distance between taps of the kernel, in input pixels, at least 1 each.
  ///   - groups: How many independent convolutions the channels are split into; a divisor of both channel counts.
  ///   - bias: Whether the layer has a bias.
  ///   - paddingMode: What the added pixels hold.
  ///   - device: Where the layer computes.
  ///   - algorithm: How the layer computes.
  ///   - precision: How much accuracy ``ConvolutionAlgorithm/automatic`` may trade for speed.
  ///   - generator: The source of random numbers.
  /// - Throws: ``ConvolutionError`` for a value outside these ranges, a weight too large for 64 bits or for memory.
  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: some Size2dConvertible, stride: some Size2dConvertible = 1,
    padding: Padding = 0, dilation: some Size2dConvertible = 1, groups: Int = 1, bias: Bool = true,
    paddingMode: PaddingMode = .zeros, device: Device = .cpu, algorithm: ConvolutionAlgorithm = .automatic,
    precision: Precision = .standard, using generator: inout some RandomNumberGenerator
  ) throws(ConvolutionError) {
    let configuration = try ConvolutionConfiguration(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: kernelSize.size2d,
      stride: stride.size2d, padding: padding, dilation: dilation.size2d, groups: groups, paddingMode: paddingMode)
    let (weight, bias) = try KaimingUniform.weightAndBias(
      of: configuration, hasBias: bias, Scalar.self, using: &generator)
    self.init(
      configuration, weight: weight, bias: bias, device: device, algorithm: algorithm, precision: precision)
  }

  /// Creates a layer from its weights.
  ///
  /// - Parameters:
  ///   - weight: The filters, `[O, I / groups, kH, kW]`: channels and kernel size are taken from its shape.
  ///   - bias: `[O]`, or `nil` for a layer without bias.
  ///   - stride: The step from one output to the next, in input pixels, at least 1 each.
  ///   - padding: Pixels added at the edges, 0 or more at each. `.same` needs stride 1.
  ///   - dilation: The distance between taps of the kernel, in input pixels, at least 1 each.
  ///   - groups: How many independent convolutions the channels are split into; a divisor of `O`.
  ///   - paddingMode: What the added pixels hold.
  ///   - device: Where the layer computes.
  ///   - algorithm: How the layer computes.
  ///   - precision: How much accuracy ``ConvolutionAlgorithm/automatic`` may trade for speed.
  /// - Throws: ``ConvolutionError`` for a weight or bias of the wrong shape, or a value outside these ranges.
  public init(
    weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, stride: some Size2dConvertible = 1, padding: Padding = 0,
    dilation: some Size2dConvertible = 1, groups: Int = 1, paddingMode: PaddingMode = .zeros, device: Device = .cpu,
    algorithm: ConvolutionAlgorithm = .automatic, precision: Precision = .standard
  ) throws(ConvolutionError) {
    let configuration = try ConvolutionConfiguration(
      weightShape: weight.shape, stride: stride.size2d, padding: padding, dilation: dilation.size2d, groups: groups,
      paddingMode: paddingMode)
    try configuration.check(weightShape: weight.shape, biasShape: bias?.shape)
    self.init(
      configuration, weight: weight, bias: bias, device: device, algorithm: algorithm, precision: precision)
  }
}

extension Conv2d {
  /// What the layer was created with.
  public var arguments: LayerArguments<Conv2d> { LayerArguments(configuration: configuration) }
  /// Pixels added at the edges of the input.
  public var padding: Padding { configuration.padding }
  /// What the added pixels hold.
  public var paddingMode: PaddingMode { configuration.paddingMode }
}
