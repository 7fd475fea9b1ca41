extension Conv2d {
  /// The gradients of a loss with respect to input, weight and bias, from its gradient with respect to the output.
  ///
  /// With `dy` the output's gradient and the sums over all terms in which a scalar takes part in the forward formula:
  ///
  ///     dx[n, c, h, w]    = Σ dy[n, o, i, j] · w[o, c, kh, kw]     over all (o, i, j, kh, kw) that read x[n, c, h, w]
  ///     dw[o, c, kh, kw]  = Σ dy[n, o, i, j] · x[n, c, i·sh + kh·dh − top, j·sw + kw·dw − left]   over n, i, j
  ///     db[o]             = Σ dy[n, o, i, j]   over n, i, j
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
  /// - Returns: `[O, I / groups, kH, kW]`, summed over the batch.
  /// - Throws: What ``gradients(of:at:for:)`` throws.
  public func weightGradient(
    of outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>
  ) throws(ConvolutionError) -> Tensor<Scalar> {
    try gradients(of: outputGradient, at: input, for: .weight).weight!
  }

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

extension Tensor {
  /// Adds another tensor of the same shape, if there is one.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  package mutating func add(_ other: Tensor?, name: String) throws(ConvolutionError) {
    guard let other else { return }
    guard other.shape == shape else { throw .shapeMismatch(name: name, expected: "\(shape)", actual: other.shape) }
    withUnsafeMutableBufferPointer { sums in
      other.withUnsafeBufferPointer { terms in
        for index in sums.indices { unsafe sums[index] += terms[index] }
      }
    }
  }
}
