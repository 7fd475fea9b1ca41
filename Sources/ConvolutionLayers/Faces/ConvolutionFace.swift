import Convolution

/// A layer that is a `Conv2d` underneath, seen with fewer axes: what ``Linear`` and ``Conv1d`` share.
///
/// The weight of the convolution has axes of extent 1 that the layer's does not have. It is handed out under the layer's
/// shape; one that was replaced by a tensor of another count stays as it is, and the convolution refuses it.
protocol ConvolutionFace: Module {
  var convolution: Conv2d<Scalar> { get set }
  /// The weight's shape, as PyTorch has it.
  var weightShape: [Int] { get }
  /// The shape of an input as images.
  func imageShape(of inputShape: [Int]) throws(ConvolutionError) -> [Int]
  /// The shape of the output that belongs to images of this shape.
  func outputShape(ofImage shape: [Int], input: [Int]) -> [Int]
}

extension ConvolutionFace {
  /// The weight, under the layer's own shape. It stays the same parameter.
  var shapedWeight: Parameter<Scalar> {
    get {
      var weight = convolution.weight
      weight.reshape(to: weightShape)
      return weight
    }
    _modify {
      convolution.weight.reshape(to: weightShape)
      defer { convolution.weight.reshape(to: convolution.weightShape) }
      yield &convolution.weight
    }
  }

  /// The input as images.
  private func image(of input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    try input.reshaped(to: imageShape(of: input.shape))
  }

  /// The output.
  ///
  /// - Throws: `ConvolutionError`, as `Conv2d.forward(_:)` does.
  public func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    let output = try convolution.forward(image(of: input))
    return try output.reshaped(to: outputShape(ofImage: output.shape, input: input.shape))
  }

  /// Adds the gradients of weight and bias to theirs, and returns that of the input when it is asked for. When this throws,
  /// nothing has been added.
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws(ConvolutionError) -> Tensor<Scalar>? {
    let image = try image(of: input)
    let imageShape = try convolution.outputShape(for: image.shape)
    try outputGradient.expectShape(outputShape(ofImage: imageShape, input: input.shape))
    var updated = convolution
    let inputGradient = try updated.backward(outputGradient.reshaped(to: imageShape), at: image, for: targets)?
      .reshaped(to: input.shape)
    convolution = updated
    return inputGradient
  }

  /// `weight`, then `bias` where there is one.
  public mutating func forEachParameter<E: Error>(
    _ body: (String, inout Parameter<Scalar>) throws(E) -> Void
  ) throws(E) {
    try body("weight", &shapedWeight)
    if convolution.bias != nil { try body("bias", &convolution.bias!) }
  }
}

extension Conv2d {
  /// `[O, I / groups, kH, kW]`.
  fileprivate var weightShape: [Int] {
    [outputChannels, inputChannels / groups, kernelSize.height, kernelSize.width]
  }
}

extension Parameter {
  /// Puts value and gradient under another shape, where they hold as many scalars; else they stay as they are.
  fileprivate mutating func reshape(to shape: [Int]) {
    if let reshaped = try? value.reshaped(to: shape) { value = reshaped }
    if let reshaped = try? gradient?.reshaped(to: shape) { gradient = reshaped }
  }
}
