extension Conv2d {
  /// The output, and a function from its gradient to the three gradients of ``gradients(of:at:for:)``, as in
  /// Swift's differentiation.
  ///
  /// The function keeps the layer and the input as they are now.
  public func valueWithPullback(
    at input: Tensor<Scalar>
  ) throws(ConvolutionError) -> (
    value: Tensor<Scalar>, pullback: @Sendable (Tensor<Scalar>) throws(ConvolutionError) -> Conv2dGradients<Scalar>
  ) {
    let layer = self
    return (
      try forward(input),
      { outputGradient throws(ConvolutionError) in try layer.gradients(of: outputGradient, at: input) }
    )
  }
}
