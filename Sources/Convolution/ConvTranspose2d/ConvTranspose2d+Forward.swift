extension ConvTranspose2d {
  /// The output for an input `[N, I, H, W]` or `[I, H, W]`; for the formula see ``ConvTranspose2d``.
  ///
  /// - Returns: `[N, O, Hout, Wout]` or `[O, Hout, Wout]`.
  /// - Throws: ``ConvolutionError`` for an input that the layer cannot take, padding that leaves no output, a weight or bias
  ///   that was replaced by one of another shape, an ``algorithm`` that cannot serve, or a failed allocation. The
  ///   layer stays as it was.
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
  ///   - input: `[N, I, H, W]` or `[I, H, W]`.
  ///   - output: A tensor of the output's shape (``outputShape(for:)``); what it held does not matter.
  /// - Throws: What ``forward(_:)`` throws, and ``ConvolutionError/shapeMismatch(name:expected:actual:)`` for an output of
  ///   another shape. `output` is then unchanged.
  public func forward(_ input: Tensor<Scalar>, into output: inout Tensor<Scalar>) throws(ConvolutionError) {
    try call.forward(input, into: &output)
  }

  /// The shape of the output for an input of this shape, without computing it.
  ///
  /// - Parameter inputShape: `[N, I, H, W]` or `[I, H, W]`, of any size whose bytes 64 bits can count.
  /// - Throws: ``ConvolutionError`` for a shape that the layer cannot take, or padding that leaves no output.
  public func outputShape(for inputShape: [Int]) throws(ConvolutionError) -> [Int] {
    try Geometry(configuration, inputShape: inputShape, of: Scalar.self).outputShape
  }

  /// What a forward pass for an input of this shape costs, from sizes alone: nothing is computed.
  ///
  /// - Parameter inputShape: `[N, I, H, W]` or `[I, H, W]`.
  /// - Throws: ``ConvolutionError`` for a shape that the layer cannot take, an ``algorithm`` that cannot serve, or a number
  ///   that passes 64 bits.
  public func cost(for inputShape: [Int]) throws(ConvolutionError) -> ConvolutionCost {
    try call.cost(for: inputShape)
  }

  package var call: ConvolutionCall<Scalar> {
    ConvolutionCall(
      configuration: configuration, weight: weight.value, bias: bias?.value, derivedWeights: weight.derivedWeights,
      device: device, algorithm: algorithm, precision: precision)
  }
}

/// Convolves transposed without a layer: the functional form, as PyTorch's
/// [`conv_transpose2d`](https://pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose2d.html).
///
/// The result is bit for bit what a ``ConvTranspose2d`` of the same weight gives. A layer keeps what it derives from its
/// weight between calls; this function cannot.
///
/// ```swift
/// let image = try Tensor<Float>(shape: [1, 1, 2], scalars: [1, 2])
/// let pair = try Tensor<Float>(repeating: 1, shape: [1, 1, 1, 2])
/// print(try convTranspose2d(image, weight: pair, stride: Size2d(1, 2)).scalars)     // [1.0, 1.0, 2.0, 2.0]
/// ```
///
/// - Parameters:
///   - input: `[N, I, H, W]` or `[I, H, W]`.
///   - weight: `[I, O / groups, kH, kW]`.
///   - bias: `[O]`, or `nil`.
///   - stride: The step in the output from one input pixel to the next, at least 1 each.
///   - padding: Rows and columns removed from the output at each edge, 0 or more.
///   - outputPadding: Rows and columns added at the bottom and at the right, 0 or more, each less than stride or dilation.
///   - groups: How many independent layers the channels are split into.
///   - dilation: The distance between taps of the kernel, in output pixels, at least 1 each.
///   - device: Where to compute.
/// - Returns: `[N, O, Hout, Wout]` or `[O, Hout, Wout]`; for the formula see ``ConvTranspose2d``.
/// - Throws: ``ConvolutionError``, as the initialisers and ``ConvTranspose2d/forward(_:)`` do.
public func convTranspose2d<Scalar>(
  _ input: Tensor<Scalar>, weight: Tensor<Scalar>, bias: Tensor<Scalar>? = nil, stride: some Size2dConvertible = 1,
  padding: some Size2dConvertible = 0, outputPadding: some Size2dConvertible = 0, groups: Int = 1,
  dilation: some Size2dConvertible = 1, device: Device = .cpu
) throws(ConvolutionError) -> Tensor<Scalar> {
  try ConvTranspose2d(
    weight: weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups,
    dilation: dilation, device: device
  ).forward(input)
}
