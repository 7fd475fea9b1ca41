extension ConvolutionLayer {
  /// Convolves by what ``algorithm`` says.
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
    try Geometry(arguments.configuration, inputShape: inputShape, of: Scalar.self).outputShape
  }

  /// What a forward pass for an input of this shape costs, from sizes alone: nothing is computed.
  ///
  /// - Parameter inputShape: `[N, I, H, W]` or `[I, H, W]`.
  /// - Throws: ``ConvolutionError`` for a shape that the layer cannot take, an ``algorithm`` that cannot serve, or a number
  ///   that passes 64 bits.
  public func cost(for inputShape: [Int]) throws(ConvolutionError) -> ConvolutionCost {
    try call.cost(for: inputShape)
  }
}
