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
/// - Throws: ``ConvolutionError``, as the initialisers and ``ConvolutionLayer/forward(_:)`` do.
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
