extension ConvTranspose2d {
  /// The gradients of a loss with respect to input, weight and bias, from its gradient with respect to the output.
  ///
  /// With `dy` the output's gradient, zero where the output was cropped, and `o` a channel of `i`'s group, `o'` its number
  /// in it:
  ///
  ///     dx[n, i, h, w]        = Σ dy[n, o, h·sh + kh·dh − ph, w·sw + kw·dw − pw] · weight[i, o', kh, kw]   over o, kh, kw
  ///     dw[i, o', kh, kw]     = Σ dy[n, o, h·sh + kh·dh − ph, w·sw + kw·dw − pw] · x[n, i, h, w]           over n, h, w
  ///     db[o]                 = Σ dy[n, o, h, w]                                                           over n, h, w
  ///
  /// - Parameters:
  ///   - outputGradient: Of the output's shape for `input`.
  ///   - input: What the forward pass was called with.
  ///   - targets: Which gradients are wanted; the others are `nil`.
  /// - Throws: ``ConvolutionError`` as ``forward(_:)`` does, and
  ///   ``ConvolutionError/shapeMismatch(name:expected:actual:)`` for an output gradient of another shape.
  public func gradients(
    of outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets = .all
  ) throws(ConvolutionError) -> Conv2dGradients<Scalar> {
    try call.gradients(of: outputGradient, at: input, for: targets)
  }

  /// The gradient of a loss with respect to the input alone; for the formula see ``gradients(of:at:for:)``.
  ///
  /// - Parameters:
  ///   - outputGradient: Of the output's shape for `input`.
  ///   - input: What the forward pass was called with.
  /// - Returns: A tensor of the input's shape.
  /// - Throws: What ``gradients(of:at:for:)`` throws.
  public func inputGradient(
    of outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>
  ) throws(ConvolutionError) -> Tensor<Scalar> {
    // What is asked for is there.
    try gradients(of: outputGradient, at: input, for: .input).input!
  }

  /// The gradient of a loss with respect to the weight alone; for the formula see ``gradients(of:at:for:)``.
  ///
  /// - Parameters:
  ///   - outputGradient: Of the output's shape for `input`.
  ///   - input: What the forward pass was called with.
  /// - Returns: `[I, O / groups, kH, kW]`, summed over the batch.
  /// - Throws: What ``gradients(of:at:for:)`` throws.
  public func weightGradient(
    of outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>
  ) throws(ConvolutionError) -> Tensor<Scalar> {
    try gradients(of: outputGradient, at: input, for: .weight).weight!
  }

  /// Adds the gradients of weight and bias to ``weight`` and ``bias``, and returns that of the input when it is asked for.
  ///
  /// A parameter whose ``Parameter/requiresGradient`` is false gets none, at no cost. When this throws, nothing has been
  /// added.
  ///
  /// - Parameters:
  ///   - outputGradient: Of the output's shape for `input`.
  ///   - input: What the forward pass was called with.
  ///   - targets: Which gradients are wanted.
  /// - Returns: The gradient of the input, or `nil` when `targets` does not hold ``GradientTargets/input``.
  /// - Throws: What ``gradients(of:at:for:)`` throws, and
  ///   ``ConvolutionError/shapeMismatch(name:expected:actual:)`` for a gradient that was set to another shape.
  @discardableResult
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets = .all
  ) throws(ConvolutionError) -> Tensor<Scalar>? {
    try call.backward(outputGradient, at: input, for: targets, addingTo: &weight, &bias)
  }

  /// `weight`, then `bias` where there is one.
  public mutating func forEachParameter<E: Error>(
    _ body: (String, inout Parameter<Scalar>) throws(E) -> Void
  ) throws(E) {
    try body("weight", &weight)
    if bias != nil { try body("bias", &bias!) }
  }
}
