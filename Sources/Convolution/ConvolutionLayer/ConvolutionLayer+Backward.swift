extension ConvolutionLayer {
  /// The gradients of a loss with respect to input, weight and bias, from its gradient with respect to the output; for the
  /// formulas see ``Conv2d`` and ``ConvTranspose2d``.
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

  /// The gradient of a loss with respect to the input alone, as ``gradients(of:at:for:)`` computes it.
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

  /// The gradient of a loss with respect to the weight alone, as ``gradients(of:at:for:)`` computes it.
  ///
  /// - Parameters:
  ///   - outputGradient: Of the output's shape for `input`.
  ///   - input: What the forward pass was called with.
  /// - Returns: A tensor of the weight's shape, summed over the batch.
  /// - Throws: What ``gradients(of:at:for:)`` throws.
  public func weightGradient(
    of outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>
  ) throws(ConvolutionError) -> Tensor<Scalar> {
    try gradients(of: outputGradient, at: input, for: .weight).weight!
  }

  /// Computes those of ``gradients(of:at:for:)`` that the parameters require, and adds them.
  @discardableResult
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets = .all
  ) throws(ConvolutionError) -> Tensor<Scalar>? {
    var targets = targets
    if !weight.requiresGradient { targets.remove(.weight) }
    if bias?.requiresGradient != true { targets.remove(.bias) }
    var gradients = try gradients(of: outputGradient, at: input, for: targets)
    try gradients.weight?.add(weight.gradient, name: "weight.gradient")
    try gradients.bias?.add(bias?.gradient, name: "bias.gradient")
    if let sum = gradients.weight { weight.gradient = sum }
    if let sum = gradients.bias { bias?.gradient = sum }
    return gradients.input
  }

  /// `weight`, then `bias` where there is one.
  public mutating func forEachParameter<E: Error>(
    _ body: (String, inout Parameter<Scalar>) throws(E) -> Void
  ) throws(E) {
    try body("weight", &weight)
    if bias != nil { try body("bias", &bias!) }
  }
}
