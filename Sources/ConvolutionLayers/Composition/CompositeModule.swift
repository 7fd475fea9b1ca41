public import Convolution

/// A module made of others. It says which, and at most how a tensor goes through them; the backward pass, parameters, state
/// dictionary, text and training mode follow from that.
///
/// ```swift
/// struct Classifier: CompositeModule {
///   var children: Sequential<Float>
///
///   init(classes: Int) throws {
///     children = try Sequential(named: [
///       "features": Conv2d<Float>(inputChannels: 1, outputChannels: 8, kernelSize: 3), "relu": ReLU<Float>(),
///       "flatten": Flatten<Float>(), "head": Linear<Float>(inputFeatures: 8 * 26 * 26, outputFeatures: classes),
///     ])
///   }
/// }
/// ```
///
/// Without a `forward` of its own, a tensor goes through the children one after the other. With one, it may branch, add and
/// concatenate, and use a child more than once:
///
/// ```swift
/// func forward(_ x: Activation<Float>) throws -> Activation<Float> {
///   try (x.through("conv1", "relu", "conv2") + x).through("relu")
/// }
/// ```
///
/// In a task that was cancelled, no further child is begun: forward and backward passes throw `CancellationError` before it.
///
/// Parameters go by the children's names, as those of a PyTorch module's attributes do: `features.weight`.
public protocol CompositeModule<Scalar>: Module {
  // Repeated here, so that `children` is enough for the compiler to know it.
  associatedtype Scalar

  /// The modules this one is made of, by name.
  var children: Sequential<Scalar> { get set }

  /// The path of a tensor through the children. The default is one after the other.
  ///
  /// - Throws: What the children throw, or an error of the module's own.
  func forward(_ input: Activation<Scalar>) throws -> Activation<Scalar>
}

extension CompositeModule {
  /// One after the other.
  public func forward(_ input: Activation<Scalar>) throws -> Activation<Scalar> {
    try input.throughAll()
  }

  /// What ``forward(_:)`` of an ``Activation`` makes of a tensor.
  public func forward(_ input: Tensor<Scalar>) throws -> Tensor<Scalar> {
    try forward(Activation(value: input, children: children, recorder: nil, index: 0)).value
  }

  /// Computes the activations again, then goes backward through them. When a child throws, nothing has been added.
  @discardableResult
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws -> Tensor<Scalar>? {
    try backward(outputGradient, through: trace(at: input), for: targets)
  }

  /// The parameters of each child in turn, under `child.parameter`.
  public mutating func forEachParameter<E: Error>(
    _ body: (String, inout Parameter<Scalar>) throws(E) -> Void
  ) throws(E) {
    try children.forEachParameter(body)
  }

  /// One line for each child, as PyTorch prints it.
  public var description: String {
    let text = typeName + children.description.dropFirst("Sequential".count)
    guard !extraRepresentation.isEmpty, let brace = text.firstIndex(of: "(") else { return text }
    let rest = text[text.index(after: brace)...]
    return "\(typeName)(\(rest.hasPrefix("\n") ? "\n  " : "")\(extraRepresentation)\(rest)"
  }
}

extension Sequential: CompositeModule {
  /// The sequence itself.
  public var children: Sequential<Scalar> {
    get { self }
    set { self = newValue }
  }
}
