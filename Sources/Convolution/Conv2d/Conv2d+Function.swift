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
/// - Throws: ``ConvolutionError``, as the initialisers and ``ConvolutionLayer/forward(_:)`` do.
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
