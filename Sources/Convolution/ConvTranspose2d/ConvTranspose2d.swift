/// A transposed 2-D convolution with learnable weight and bias, as PyTorch's
/// [`nn.ConvTranspose2d`](https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html): the gradient of a
/// convolution's input, with a bias. It makes small maps large, in decoders and generators.
///
/// For an input `[N, I, H, W]` (or `[I, H, W]`), a weight `[I, O / groups, kH, kW]` and a bias `[O]` the output is
/// `[N, O, Hout, Wout]` (or `[O, Hout, Wout]`). Every input pixel adds its filters to the output, a stride apart; where `i`
/// runs over the input channels of `o`'s group and `o'` is `o`'s number in it:
///
///     y[n, o, h·sh + kh·dh − ph, w·sw + kw·dw − pw]  =  b[o] + Σi Σh Σw Σkh Σkw  x[n, i, h, w] · weight[i, o', kh, kw]
///
///     Hout = (H − 1)·sh − 2·ph + dh·(kH − 1) + outputPadding.height + 1
///     Wout = (W − 1)·sw − 2·pw + dw·(kW − 1) + outputPadding.width + 1
///
/// The sum runs over all that fall on one output; what falls outside is cropped, and an output that nothing falls on is its
/// bias. An empty batch is legal and gives an empty output.
///
/// The gradients, with `dy` that of the output, zero where the output was cropped:
///
///     dx[n, i, h, w]     = Σ dy[n, o, h·sh + kh·dh − ph, w·sw + kw·dw − pw] · weight[i, o', kh, kw]   over o, kh, kw
///     dw[i, o', kh, kw]  = Σ dy[n, o, h·sh + kh·dh − ph, w·sw + kw·dw − pw] · x[n, i, h, w]           over n, h, w
///     db[o]              = Σ dy[n, o, h, w]                                                           over n, h, w
///
/// ``ConvolutionLayer`` has the methods: ``ConvolutionLayer/forward(_:)``, ``ConvolutionLayer/gradients(of:at:for:)``,
/// ``ConvolutionLayer/backward(_:at:for:)`` and others. They throw a ``ConvolutionError`` for an input of another rank or
/// number of channels, and for padding that crops the whole output.
///
/// ```swift
/// let layer = try ConvTranspose2d<Float>(inputChannels: 64, outputChannels: 32, kernelSize: 2, stride: 2)
/// let output = try layer(Tensor(zeros: [8, 64, 16, 16]))     // [8, 32, 32, 32]
/// ```
///
/// A layer is a value and may be used from any number of threads at a time. Two layers are equal when arguments, weights,
/// gradients and settings are.
public struct ConvTranspose2d<Scalar: ConvolutionScalar>: ConvolutionLayer, Equatable {
  let configuration: ConvolutionConfiguration

  /// Rows removed from the output at the top and at the bottom, columns at the left and at the right.
  public let padding: Size2d
  /// Rows added to the output at the bottom, columns at the right.
  public let outputPadding: Size2d
  /// The filters, `[I, O / groups, kH, kW]`.
  public var weight: Parameter<Scalar>
  /// What is added to each output channel, `[O]`, or `nil` for a layer without bias.
  public var bias: Parameter<Scalar>?
  /// Where the layer computes, and on how many threads.
  public var device: Device
  /// How the layer computes.
  public var algorithm: ConvolutionAlgorithm
  /// How much accuracy ``ConvolutionAlgorithm/automatic`` may trade for speed.
  public var precision: Precision

  /// Creates a layer with random weights: weight and bias are drawn from U(−b, b) with b = 1 / √(O / groups · kH · kW),
  /// PyTorch's Kaiming-uniform initialisation, which takes the fan-in from the weight's second axis.
  ///
  /// - Parameters:
  ///   - inputChannels: Channels of the input, at least 1.
  ///   - outputChannels: Channels of the output, at least 1.
  ///   - kernelSize: Height and width of the filters, at least 1 each.
  ///   - stride: The step in the output from one input pixel to the next, at least 1 each.
  ///   - padding: Rows and columns removed from the output at each edge, 0 or more.
  ///   - outputPadding: Rows and columns added at the bottom and at the right, 0 or more, each less than stride or dilation.
  ///   - groups: How many independent layers the channels are split into; a divisor of both channel counts.
  ///   - bias: Whether the layer has a bias.
  ///   - dilation: The distance between taps of the kernel, in output pixels, at least 1 each.
  ///   - device: Where the layer computes.
  ///   - algorithm: How the layer computes.
  ///   - precision: How much accuracy ``ConvolutionAlgorithm/automatic`` may trade for speed.
  /// - Throws: ``ConvolutionError`` for a value outside these ranges, a weight too large for 64 bits or for memory.
  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: some Size2dConvertible, stride: some Size2dConvertible = 1,
    padding: some Size2dConvertible = 0, outputPadding: some Size2dConvertible = 0, groups: Int = 1,
    bias: Bool = true, dilation: some Size2dConvertible = 1, device: Device = .cpu,
    algorithm: ConvolutionAlgorithm = .automatic, precision: Precision = .standard
  ) throws(ConvolutionError) {
    var generator = SystemGenerator()
    try self.init(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: kernelSize, stride: stride,
      padding: padding, outputPadding: outputPadding, groups: groups, bias: bias, dilation: dilation, device: device,
      algorithm: algorithm, precision: precision, using: &generator)
  }

  /// Creates a layer whose random weights come from a generator: the same generator in the same state gives the same
  /// layer. The weight is drawn first, in row-major order, then the bias; one number of 64 bits for each scalar.
  ///
  /// - Parameters:
  ///   - inputChannels: Channels of the input, at least 1.
  ///   - outputChannels: Channels of the output, at least 1.
  ///   - kernelSize: Height and width of the filters, at least 1 each.
  ///   - stride: The step in the output from one input pixel to the next, at least 1 each.
  ///   - padding: Rows and columns removed from the output at each edge, 0 or more.
  ///   - outputPadding: Rows and columns added at the bottom and at the right, 0 or more, each less than stride or dilation.
  ///   - groups: How many independent layers the channels are split into; a divisor of both channel counts.
  ///   - bias: Whether the layer has a bias.
  ///   - dilation: The distance between taps of the kernel, in output pixels, at least 1 each.
  ///   - device: Where the layer computes.
  ///   - algorithm: How the layer computes.
  ///   - precision: How much accuracy ``ConvolutionAlgorithm/automatic`` may trade for speed.
  ///   - generator: The source of random numbers.
  /// - Throws: ``ConvolutionError`` for a value outside these ranges, a weight too large for 64 bits or for memory.
  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: some Size2dConvertible, stride: some Size2dConvertible = 1,
    padding: some Size2dConvertible = 0, outputPadding: some Size2dConvertible = 0, groups: Int = 1,
    bias: Bool = true, dilation: some Size2dConvertible = 1, device: Device = .cpu,
    algorithm: ConvolutionAlgorithm = .automatic, precision: Precision = .standard,
    using generator: inout some RandomNumberGenerator
  ) throws(ConvolutionError) {
    let configuration = try ConvolutionConfiguration(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: kernelSize.size2d,
      stride: stride.size2d, padding: .symmetric(padding.size2d), dilation: dilation.size2d, groups: groups,
      paddingMode: .zeros, outputPadding: outputPadding.size2d)
    let (weight, bias) = try KaimingUniform.weightAndBias(
      of: configuration, hasBias: bias, Scalar.self, using: &generator)
    self.init(
      configuration, padding: padding.size2d, outputPadding: outputPadding.size2d, weight: weight, bias: bias,
      device: device, algorithm: algorithm, precision: precision)
  }

  /// Creates a layer from its weights.
  ///
  /// - Parameters:
  ///   - weight: The filters, `[I, O / groups, kH, kW]`: channels and kernel size are taken from its shape.
  ///   - bias: `[O]`, or `nil` for a layer without bias.
  ///   - stride: The step in the output from one input pixel to the next, at least 1 each.
  ///   - padding: Rows and columns removed from the output at each edge, 0 or more.
  ///   - outputPadding: Rows and columns added at the bottom and at the right, 0 or more, each less than stride or dilation.
  ///   - groups: How many independent layers the channels are split into; a divisor of `I`.
  ///   - dilation: The distance between taps of the kernel, in output pixels, at least 1 each.
  ///   - device: Where the layer computes.
  ///   - algorithm: How the layer computes.
  ///   - precision: How much accuracy ``ConvolutionAlgorithm/automatic`` may trade for speed.
  /// - Throws: ``ConvolutionError`` for a weight or bias of the wrong shape, or a value outside these ranges.
  public init(
    weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, stride: some Size2dConvertible = 1,
    padding: some Size2dConvertible = 0, outputPadding: some Size2dConvertible = 0, groups: Int = 1,
    dilation: some Size2dConvertible = 1, device: Device = .cpu, algorithm: ConvolutionAlgorithm = .automatic,
    precision: Precision = .standard
  ) throws(ConvolutionError) {
    let configuration = try ConvolutionConfiguration(
      weightShape: weight.shape, stride: stride.size2d, padding: .symmetric(padding.size2d),
      dilation: dilation.size2d, groups: groups, paddingMode: .zeros, outputPadding: outputPadding.size2d)
    try configuration.check(weightShape: weight.shape, biasShape: bias?.shape)
    self.init(
      configuration, padding: padding.size2d, outputPadding: outputPadding.size2d, weight: weight, bias: bias,
      device: device, algorithm: algorithm, precision: precision)
  }

  /// What the layer was created with.
  public var arguments: LayerArguments<ConvTranspose2d> { LayerArguments(configuration: configuration) }

  /// Creates a layer from what the initialisers have made of their arguments.
  private init(
    _ configuration: ConvolutionConfiguration, padding: Size2d, outputPadding: Size2d, weight: Tensor<Scalar>,
    bias: Tensor<Scalar>?, device: Device, algorithm: ConvolutionAlgorithm, precision: Precision
  ) {
    self.configuration = configuration
    self.padding = padding
    self.outputPadding = outputPadding
    self.weight = Parameter(weight)
    self.bias = bias.map { Parameter($0) }
    self.device = device
    self.algorithm = algorithm
    self.precision = precision
  }
}
