public import Convolution

/// What checks need of a layer: convolutions and transposed ones.
public protocol CheckedLayer<Scalar>: Module {
  /// As the layer's properties of the same names.
  var weight: Parameter<Scalar> { get set }
  /// As the layer's property of the same name.
  var bias: Parameter<Scalar>? { get set }
  /// As the layer's property of the same name.
  var device: Device { get set }
  /// As the layer's property of the same name.
  var algorithm: ConvolutionAlgorithm { get set }
  /// As the layer's property of the same name.
  var precision: Precision { get set }
  /// As the layer's property of the same name.
  var inputChannels: Int { get }
  /// As the layer's property of the same name.
  var outputChannels: Int { get }
  /// As the layer's property of the same name.
  var kernelSize: Size2d { get }
  /// As the layer's property of the same name.
  var stride: Size2d { get }
  /// As the layer's property of the same name.
  var dilation: Size2d { get }
  /// As the layer's property of the same name.
  var groups: Int { get }
  /// As the layer's method of the same name.
  func outputShape(for inputShape: [Int]) throws(ConvolutionError) -> [Int]
  /// As the layer's method of the same name.
  func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar>
  /// As the layer's method of the same name.
  func forward(_ input: Tensor<Scalar>, into output: inout Tensor<Scalar>) throws(ConvolutionError)
  /// As the layer's method of the same name.
  func gradients(
    of outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws(ConvolutionError) -> Conv2dGradients<Scalar>
  /// As the layer's method of the same name.
  mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws(ConvolutionError) -> Tensor<Scalar>?
  /// As the layer's method of the same name.
  func cost(for inputShape: [Int]) throws(ConvolutionError) -> ConvolutionCost
}

extension Conv2d: CheckedLayer {}
extension ConvTranspose2d: CheckedLayer {}
