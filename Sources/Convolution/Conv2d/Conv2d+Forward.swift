extension Conv2d {
  /// The output for an input `[N, C, H, W]` or `[C, H, W]`; for the formula see ``Conv2d``.
  ///
  /// - Returns: `[N, O, Hout, Wout]` or `[O, Hout, Wout]`.
  /// - Throws: ``ConvolutionError`` for an input that the layer cannot convolve, a weight or bias that was replaced by one
  ///   of another shape, an ``algorithm`` that cannot serve, or a failed allocation. The layer stays as it was.
  public func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    try call.forward(input)
  }

  /// The same as ``forward(_:)``.
  public func callAsFunction(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    try forward(input)
  }

  /// Writes the output into a tensor that the caller keeps, so that repeated calls allocate no output.
  ///
  /// - Parameters:
  ///   - input: `[N, C, H, W]` or `[C, H, W]`.
  ///   - output: A tensor of the output's shape (``outputShape(for:)``); what it held does not matter.
  /// - Throws: What ``forward(_:)`` throws, and ``ConvolutionError/shapeMismatch(name:expected:actual:)`` for an output of
  ///   another shape. `output` is then unchanged.
  public func forward(_ input: Tensor<Scalar>, into output: inout Tensor<Scalar>) throws(ConvolutionError) {
    try call.forward(input, into: &output)
  }

  /// The shape of the output for an input of this shape, without computing it.
  ///
  /// - Parameter inputShape: `[N, C, H, W]` or `[C, H, W]`, of any size whose bytes 64 bits can count.
  /// - Throws: ``ConvolutionError`` for a shape that the layer cannot convolve.
  public func outputShape(for inputShape: [Int]) throws(ConvolutionError) -> [Int] {
    try Geometry(configuration, inputShape: inputShape, of: Scalar.self).outputShape
  }

  /// What a forward pass for an input of this shape costs, from sizes alone: nothing is computed.
  ///
  /// - Parameter inputShape: `[N, C, H, W]` or `[C, H, W]`.
  /// - Throws: ``ConvolutionError`` for a shape that the layer cannot convolve, an ``algorithm`` that cannot serve, or a
  ///   number that passes 64 bits.
  public func cost(for inputShape: [Int]) throws(ConvolutionError) -> ConvolutionCost {
    try call.cost(for: inputShape)
  }

  package var call: ConvolutionCall<Scalar> {
    ConvolutionCall(
      configuration: configuration, weight: weight.value, bias: bias?.value, derivedWeights: weight.derivedWeights,
      device: device, algorithm: algorithm, precision: precision)
  }
}

/// Convolves without a layer: the functional form, as PyTorch's
/// [`conv2d`](https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html).
///
/// The result is bit for bit what a ``Conv2d`` of the same weight gives. A layer keeps what it derives from its weight
/// between calls; this function cannot.
///
/// - Parameters:
///   - input: `[N, C, H, W]` or `[C, H, W]`.
///   - weight: `[O, C / groups, kH, kW]`.
///   - bias: `[O]`, or `nil`.
///   - stride: The step from one output to the next, in input pixels, at least 1 each.
///   - padding: Pixels added at the edges, 0 or more at each. `.same` needs stride 1.
///   - dilation: The distance between taps of the kernel, in input pixels, at least 1 each.
///   - groups: How many independent convolutions the channels are split into.
///   - paddingMode: What the added pixels hold.
///   - device: Where to compute.
/// - Returns: `[N, O, Hout, Wout]` or `[O, Hout, Wout]`; for the formula see ``Conv2d``.
/// - Throws: ``ConvolutionError``, as the initialisers and ``Conv2d/forward(_:)`` do.
public func conv2d<Scalar>(
  _ input: Tensor<Scalar>, weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, stride: some Size2dConvertible = 1,
  padding: Padding = 0, dilation: some Size2dConvertible = 1, groups: Int = 1, paddingMode: PaddingMode = .zeros,
  device: Device = .cpu
) throws(ConvolutionError) -> Tensor<Scalar> {
  try Conv2d(
    weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups,
    paddingMode: paddingMode, device: device
  ).forward(input)
}
