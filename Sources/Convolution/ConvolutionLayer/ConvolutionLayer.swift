/// What ``Conv2d`` and ``ConvTranspose2d`` have in common: weight and bias, where and how they compute, the passes.
///
/// There are no other such layers, and a program cannot add one. The pages of the two have the formulas; a function that
/// takes either looks like this:
///
/// ```swift
/// func freezeWeight(of layer: inout some ConvolutionLayer) {
///   layer.weight.requiresGradient = false
/// }
/// ```
public protocol ConvolutionLayer<Scalar>: Module {
  /// The filters: `[O, I / groups, kH, kW]`, or `[I, O / groups, kH, kW]` of a transposed convolution.
  var weight: Parameter<Scalar> { get set }
  /// What is added to each output channel, `[O]`, or `nil` for a layer without bias.
  var bias: Parameter<Scalar>? { get set }
  /// Where the layer computes, and on how many threads.
  var device: Device { get set }
  /// How the layer computes.
  var algorithm: ConvolutionAlgorithm { get set }
  /// How much accuracy ``ConvolutionAlgorithm/automatic`` may trade for speed.
  var precision: Precision { get set }
  /// What the layer was created with.
  var arguments: LayerArguments<Self> { get }

  /// The output for an input `[N, I, H, W]` or `[I, H, W]`; for the formulas see ``Conv2d`` and ``ConvTranspose2d``.
  ///
  /// - Returns: `[N, O, Hout, Wout]` or `[O, Hout, Wout]`.
  /// - Throws: ``ConvolutionError`` for an input that the layer cannot take, padding that leaves no output, a weight or bias
  ///   that was replaced by one of another shape, an ``algorithm`` that cannot serve, or a failed allocation. The
  ///   layer stays as it was.
  @_nonoverride
  func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar>

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
  @_nonoverride
  mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws(ConvolutionError) -> Tensor<Scalar>?
}

/// What a ``ConvolutionLayer`` was created with, checked. It has no public initialiser.
public struct LayerArguments<Layer: ConvolutionLayer>: Sendable, Hashable {
  let configuration: ConvolutionConfiguration
}

extension ConvolutionLayer {
  /// Channels of the input.
  public var inputChannels: Int { arguments.configuration.inputChannels }
  /// Channels of the output.
  public var outputChannels: Int { arguments.configuration.outputChannels }
  /// Height and width of the filters.
  public var kernelSize: Size2d { arguments.configuration.kernelSize }
  /// The step from one output to the next in input pixels, or from one input pixel to the next in outputs of a transposed
  /// convolution.
  public var stride: Size2d { arguments.configuration.stride }
  /// The distance between taps of the kernel, in input pixels, or in output pixels of a transposed convolution.
  public var dilation: Size2d { arguments.configuration.dilation }
  /// How many independent layers the channels are split into.
  public var groups: Int { arguments.configuration.groups }

  /// PyTorch's words for the layer, only those that differ from the default after the stride. Four edges that PyTorch
  /// cannot say are printed as `padding=(top=1, bottom=2, left=1, right=2)`.
  public var extraRepresentation: String { arguments.configuration.words(hasBias: bias != nil) }

  package var call: ConvolutionCall<Scalar> {
    ConvolutionCall(
      configuration: arguments.configuration, weight: weight.value, bias: bias?.value,
      derivedWeights: weight.derivedWeights, device: device, algorithm: algorithm, precision: precision)
  }
}
