public import Convolution

/// A layer that is a `Conv2d` underneath, seen with fewer axes: what ``Linear`` and ``Conv1d`` share. There are no others,
/// and a program cannot add one.
public protocol ConvolutionFace<Scalar>: Module {
  /// The convolution that computes the layer.
  var inside: ConvolutionInside<Scalar> { get set }
}

extension ConvolutionFace {
  /// The weight, `[O, I]` of a ``Linear`` and `[O, I / groups, K]` of a ``Conv1d``.
  public var weight: Parameter<Scalar> {
    get { inside.weight }
    _modify { yield &inside.weight }
  }
  /// What is added to each output, `[O]`, or `nil` for a layer without bias.
  public var bias: Parameter<Scalar>? {
    get { inside.convolution.bias }
    _modify { yield &inside.convolution.bias }
  }
  /// Where the layer computes, and on how many threads.
  public var device: Device {
    get { inside.convolution.device }
    set { inside.convolution.device = newValue }
  }

  /// The output.
  ///
  /// - Throws: `ConvolutionError`, as a `Conv2d` does.
  public func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    let output = try inside.convolution.forward(image(of: input))
    return try output.reshaped(to: inside.outputShape(ofImage: output.shape, input: input.shape))
  }

  /// Adds the gradients of weight and bias to theirs, and returns that of the input when it is asked for. When this throws,
  /// nothing has been added.
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws(ConvolutionError) -> Tensor<Scalar>? {
    let image = try image(of: input)
    let imageShape = try inside.convolution.outputShape(for: image.shape)
    try outputGradient.expectShape(inside.outputShape(ofImage: imageShape, input: input.shape))
    var updated = inside.convolution
    let inputGradient = try updated.backward(outputGradient.reshaped(to: imageShape), at: image, for: targets)?
      .reshaped(to: input.shape)
    inside.convolution = updated
    return inputGradient
  }

  /// `weight`, then `bias` where there is one.
  public mutating func forEachParameter<E: Error>(
    _ body: (String, inout Parameter<Scalar>) throws(E) -> Void
  ) throws(E) {
    try body("weight", &weight)
    if bias != nil { try body("bias", &bias!) }
  }

  /// The input as images.
  private func image(of input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    try input.reshaped(to: inside.imageShape(of: input.shape))
  }
}
