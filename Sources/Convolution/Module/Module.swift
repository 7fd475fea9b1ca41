/// A part of a network: something that maps a tensor to a tensor, and may hold parameters that learn.
///
/// Modules are values. Write your own by giving ``forward(_:)``; add ``backward(_:at:for:)`` to train through it and
/// ``Module/forEachParameter(_:)`` if it holds parameters or other modules. `any Module<Float>` composes modules of several kinds.
///
/// ```swift
/// struct Negative: Module {
///   func forward(_ input: Tensor<Float>) throws(ConvolutionError) -> Tensor<Float> {
///     try Tensor(shape: input.shape, scalars: input.scalars.map { -$0 })
///   }
/// }
/// let network = try Sequential<Float>([Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3), Negative()])
/// ```
public protocol Module<Scalar>: Sendable, CustomStringConvertible {
  associatedtype Scalar: ConvolutionScalar

  /// The module's output for an input.
  ///
  /// - Throws: ``ConvolutionError``, or an error of the module's own.
  func forward(_ input: Tensor<Scalar>) throws -> Tensor<Scalar>

  /// Adds to the parameters' gradients and returns the gradient of the input when `targets` asks for it.
  ///
  /// The default throws ``ConvolutionError/backwardUnavailable(module:)``.
  ///
  /// - Parameters:
  ///   - outputGradient: The gradient of the loss with respect to this module's output at `input`.
  ///   - input: What ``forward(_:)`` was called with.
  ///   - targets: What is wanted. Where the module itself has no weight or no bias, that target says nothing.
  mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws -> Tensor<Scalar>?

  /// Calls `body` with the name and the parameter, to be read or changed, of each parameter in a fixed order.
  ///
  /// A module that holds others calls theirs with a prefix, so that names are PyTorch's: `features.0.weight`. The default
  /// has no parameters.
  mutating func forEachParameter<E: Error>(_ body: (String, inout Parameter<Scalar>) throws(E) -> Void) throws(E)

  /// The values of all parameters by name.
  var stateDictionary: [String: Tensor<Scalar>] { get }

  /// Replaces the parameters' values: all of them or, when it throws, none.
  ///
  /// Callers meet the method of the same arguments that returns the ``IncompatibleNames``; it calls this one.
  ///
  /// - Parameters:
  ///   - stateDictionary: Values by the names that ``Module/forEachParameter(_:)`` gives.
  ///   - strict: Whether missing and unexpected names are errors. A wrong shape always is.
  /// - Throws: ``ConvolutionError/stateDictionaryMismatch(missing:unexpected:misshaped:)`` with every entry that does not
  ///   fit.
  @_disfavoredOverload
  mutating func load(_ stateDictionary: [String: Tensor<Scalar>], strict: Bool) throws(ConvolutionError)

  /// What `description` prints between the parentheses.
  var extraRepresentation: String { get }
}

extension Module {
  /// The same as ``forward(_:)``.
  public func callAsFunction(_ input: Tensor<Scalar>) throws -> Tensor<Scalar> {
    try forward(input)
  }

  /// Throws ``ConvolutionError/backwardUnavailable(module:)``.
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws -> Tensor<Scalar>? {
    throw ConvolutionError.backwardUnavailable(module: typeName)
  }

  /// Calls nothing: a module without parameters.
  public mutating func forEachParameter<E: Error>(
    _ body: (String, inout Parameter<Scalar>) throws(E) -> Void
  ) throws(E) {}

  /// Calls `body` as ``Module/forEachParameter(_:)`` does, with `prefix` and a dot before each name: how a module that holds
  /// others passes on their parameters.
  public mutating func forEachParameter<E: Error>(
    under prefix: String, _ body: (String, inout Parameter<Scalar>) throws(E) -> Void
  ) throws(E) {
    try forEachParameter { (name, parameter) throws(E) in try body("\(prefix).\(name)", &parameter) }
  }

  /// Forgets the gradients of all parameters, as before the first backward pass.
  public mutating func clearGradients() {
    forEachParameter { _, parameter in parameter.gradient = nil }
  }

  /// What ``Module/forEachParameter(_:)`` visits.
  public var stateDictionary: [String: Tensor<Scalar>] {
    var module = self
    var values: [String: Tensor<Scalar>] = [:]
    module.forEachParameter { name, parameter in values[name] = parameter.value }
    return values
  }

  /// Loads strictly: every name must be there, and no other.
  public mutating func load(_ stateDictionary: [String: Tensor<Scalar>]) throws(ConvolutionError) {
    try load(stateDictionary, strict: true)
  }

  /// Loads what ``Module/forEachParameter(_:)`` visits.
  @_disfavoredOverload
  public mutating func load(_ stateDictionary: [String: Tensor<Scalar>], strict: Bool) throws(ConvolutionError) {
    try check(stateDictionary.mapValues(\.shape), strict: strict)
    forEachParameter { name, parameter in
      if let value = stateDictionary[name] { parameter.value = value }
    }
  }

  /// Empty.
  public var extraRepresentation: String { "" }

  /// The module as PyTorch prints it: `Conv2d(3, 64, kernel_size=(3, 3), stride=(1, 1))`.
  public var description: String { "\(typeName)(\(extraRepresentation))" }

  /// The type's name without its scalar.
  package var typeName: String { String(String(describing: Self.self).prefix { $0 != "<" }) }
}
