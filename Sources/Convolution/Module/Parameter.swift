/// A tensor that a module learns, with its gradient.
///
/// A parameter is a value: a copy of a layer has parameters of its own. Filters that a layer has packed or transformed
/// for its kernels are kept with the parameter they came from, shared by copies, and dropped when ``value`` changes.
///
/// ```swift
/// var layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3)
/// layer.weight.requiresGradient = false                              // stays as it is in training
/// layer.weight.value = try Tensor(zeros: layer.weight.value.shape)
/// ```
public struct Parameter<Scalar: ConvolutionScalar>: Sendable {
  private var storedValue: Tensor<Scalar>
  private(set) var derivedWeights = DerivedWeights()

  /// Which parameter this is, to an optimiser that keeps something for each: copies share it until one of them is moved.
  private(set) var identity = ParameterIdentity()

  /// What is learned. Changing it in place costs no copy.
  public var value: Tensor<Scalar> {
    get { storedValue }
    _modify {
      // Replaced, not emptied: copies of this parameter still have the old value and may still use what came from it.
      derivedWeights = DerivedWeights()
      yield &storedValue
    }
  }

  /// The sum of the gradients that backward passes have added, of the same shape as ``value``; `nil` before the first.
  public var gradient: Tensor<Scalar>?

  /// Whether backward passes add to ``gradient``.
  public var requiresGradient: Bool

  /// Creates a parameter without a gradient.
  public init(_ value: Tensor<Scalar>, requiresGradient: Bool = true) {
    storedValue = value
    self.requiresGradient = requiresGradient
  }

  /// Gives the parameter an identity of its own where a copy shares it.
  mutating func makeIdentityUnique() {
    if !isKnownUniquelyReferenced(&identity) { identity = ParameterIdentity() }
  }
}

/// An object that stands for a parameter and its copies, and is gone when the last of them is.
final class ParameterIdentity: Sendable {}

extension Parameter: Equatable {
  /// Whether value, gradient and ``requiresGradient`` are equal; what is kept for kernels is not looked at.
  public static func == (left: Parameter, right: Parameter) -> Bool {
    left.storedValue == right.storedValue && left.gradient == right.gradient
      && left.requiresGradient == right.requiresGradient
  }
}
