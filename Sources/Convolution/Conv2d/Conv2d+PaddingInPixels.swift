extension Conv2d {
  /// Creates a layer with random weights, as the initialiser that takes a ``Padding`` does, from an integer or a pair that
  /// is known at run time: `padding: kernelSize / 2`.
  ///
  /// - Parameters:
  ///   - inputChannels: Channels of the input, at least 1.
  ///   - outputChannels: Channels of the output, at least 1.
  ///   - kernelSize: Height and width of the filters, at least 1 each.
  ///   - stride: The step from one output to the next, in input pixels, at least 1 each.
  ///   - padding: Rows added above and below, columns added left and right, 0 or more.
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
    padding: some Size2dConvertible, dilation: some Size2dConvertible = 1, groups: Int = 1, bias: Bool = true,
    paddingMode: PaddingMode = .zeros, device: Device = .cpu, algorithm: ConvolutionAlgorithm = .automatic,
    precision: Precision = .standard
  ) throws(ConvolutionError) {
    try self.init(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: kernelSize, stride: stride,
      padding: .symmetric(padding.size2d), dilation: dilation, groups: groups, bias: bias, paddingMode: paddingMode,
      device: device, algorithm: algorithm, precision: precision)
  }

  /// Creates a layer whose random weights come from a generator, as the initialiser that takes a ``Padding`` does, from an
  /// integer or a pair that is known at run time: `padding: kernelSize / 2`.
  ///
  /// - Parameters:
  ///   - inputChannels: Channels of the input, at least 1.
  ///   - outputChannels: Channels of the output, at least 1.
  ///   - kernelSize: Height and width of the filters, at least 1 each.
  ///   - stride: The step from one output to the next, in input pixels, at least 1 each.
  ///   - padding: Rows added above and below, columns added left and right, 0 or more.
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
    padding: some Size2dConvertible, dilation: some Size2dConvertible = 1, groups: Int = 1, bias: Bool = true,
    paddingMode: PaddingMode = .zeros, device: Device = .cpu, algorithm: ConvolutionAlgorithm = .automatic,
    precision: Precision = .standard, using generator: inout some RandomNumberGenerator
  ) throws(ConvolutionError) {
    try self.init(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: kernelSize, stride: stride,
      padding: .symmetric(padding.size2d), dilation: dilation, groups: groups, bias: bias, paddingMode: paddingMode,
      device: device, algorithm: algorithm, precision: precision, using: &generator)
  }

  /// Creates a layer from its weights, as the initialiser that takes a ``Padding`` does, from an integer or a pair that is
  /// known at run time: `padding: weight.shape[2] / 2`.
  ///
  /// - Parameters:
  ///   - weight: The filters, `[O, I / groups, kH, kW]`: channels and kernel size are taken from its shape.
  ///   - bias: `[O]`, or `nil` for a layer without bias.
  ///   - stride: The step from one output to the next, in input pixels, at least 1 each.
  ///   - padding: Rows added above and below, columns added left and right, 0 or more.
  ///   - dilation: The distance between taps of the kernel, in input pixels, at least 1 each.
  ///   - groups: How many independent convolutions the channels are split into; a divisor of `O`.
  ///   - paddingMode: What the added pixels hold.
  ///   - device: Where the layer computes.
  ///   - algorithm: How the layer computes.
  ///   - precision: How much accuracy ``ConvolutionAlgorithm/automatic`` may trade for speed.
  /// - Throws: ``ConvolutionError`` for a weight or bias of the wrong shape, or a value outside these ranges.
  public init(
    weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, stride: some Size2dConvertible = 1,
    padding: some Size2dConvertible, dilation: some Size2dConvertible = 1, groups: Int = 1,
    paddingMode: PaddingMode = .zeros, device: Device = .cpu, algorithm: ConvolutionAlgorithm = .automatic,
    precision: Precision = .standard
  ) throws(ConvolutionError) {
    try self.init(
      weight: weight, bias: bias, stride: stride, padding: .symmetric(padding.size2d), dilation: dilation,
      groups: groups, paddingMode: paddingMode, device: device, algorithm: algorithm, precision: precision)
  }
}

/// The convolution of an input with a weight, as the function that takes a ``Padding``, for a padding of an integer or a
/// pair that is known at run time: `padding: weight.shape[2] / 2`.
///
/// ```swift
/// let image = try Tensor<Float>(shape: [1, 1, 3], scalars: [1, 2, 4])
/// let difference = try Tensor<Float>(shape: [1, 1, 1, 2], scalars: [-1, 1])
/// print(try conv2d(image, weight: difference).scalars)     // [1.0, 2.0]
/// ```
///
/// - Parameters:
///   - input: `[N, C, H, W]` or `[C, H, W]`.
///   - weight: `[O, C / groups, kH, kW]`.
///   - bias: `[O]`, or `nil`.
///   - stride: The step from one output to the next, in input pixels, at least 1 each.
///   - padding: Rows added above and below, columns added left and right, 0 or more.
///   - dilation: The distance between taps of the kernel, in input pixels, at least 1 each.
///   - groups: How many independent convolutions the channels are split into.
///   - paddingMode: What the added pixels hold.
///   - device: Where to compute.
/// - Returns: `[N, O, Hout, Wout]` or `[O, Hout, Wout]`; for the formula see ``Conv2d``.
/// - Throws: ``ConvolutionError``, as the initialisers and ``ConvolutionLayer/forward(_:)`` do.
public func conv2d<Scalar>(
  _ input: Tensor<Scalar>, weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, stride: some Size2dConvertible = 1,
  padding: some Size2dConvertible, dilation: some Size2dConvertible = 1, groups: Int = 1,
  paddingMode: PaddingMode = .zeros, device: Device = .cpu
) throws(ConvolutionError) -> Tensor<Scalar> {
  try conv2d(
    input, weight: weight, bias: bias, stride: stride, padding: .symmetric(padding.size2d), dilation: dilation,
    groups: groups, paddingMode: paddingMode, device: device)
}
