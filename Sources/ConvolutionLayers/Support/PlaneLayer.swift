import Convolution

/// A layer that maps each plane `[H, W]` of `[N, C, H, W]` or `[C, H, W]` to one of its own: pooling and resampling.
protocol PlaneLayer: Module {
  associatedtype Axis: PlaneAxis

  var device: Device { get }
  /// What the outputs along one axis of an input read; the axes are "height" and "width".
  func axis(_ axis: KeyPath<Size2d, Int>, input: Int) throws(ConvolutionError) -> Axis
  /// Writes planes of the output.
  func writePlanes(_ taps: inout PlaneTaps<Axis.Tap>, _ operands: PlaneOperands<Scalar>)
  /// Writes planes of the input's gradient.
  func writeGradientPlanes(_ taps: inout PlaneTaps<Axis.Tap>, _ operands: PlaneOperands<Scalar>)
}

extension PlaneLayer {
  /// The output, `[N, C, Hout, Wout]` or `[C, Hout, Wout]`.
  public func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    try PlaneGeometry(input.shape, axis: axis).outputs(of: input, device: device, writePlanes)
  }

  /// The gradient of the input, when it is asked for.
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws(ConvolutionError) -> Tensor<Scalar>? {
    let geometry = try PlaneGeometry(input.shape, axis: axis)
    return try geometry.inputGradient(
      of: outputGradient, at: input, for: targets, device: device, writeGradientPlanes)
  }
}
