/// Modules one after the other: each receives the output of the one before, as in PyTorch's `nn.Sequential`.
///
/// A child's parameters carry its name as a prefix, its position unless it was given another: `0.weight`, `2.bias`.
///
/// ```swift
/// var network = Sequential<Float>([
///   try Conv2d<Float>(inputChannels: 1, outputChannels: 8, kernelSize: 3, padding: .same),
///   try Conv2d<Float>(inputChannels: 8, outputChannels: 4, kernelSize: 1),
/// ])
/// let output = try network(Tensor(zeros: [1, 28, 28]))     // [4, 28, 28]
/// ```
///
/// In a task that was cancelled, the next module is not begun: forward and backward passes throw `CancellationError` before
/// it, at the latest after the module that is being computed. Nothing has been added to any gradient then.
public struct Sequential<Scalar: ConvolutionScalar>: Module {
  /// The names of ``modules``, in the same order.
  public let names: [String]
  /// The modules, first to last. Each can be replaced; their number stays.
  public private(set) var modules: [any Module<Scalar>]

  /// Chains modules and names them `0`, `1`, `2` …
  public init(_ modules: [any Module<Scalar>]) {
    names = modules.indices.map(String.init)
    self.modules = modules
  }

  /// Chains modules under the given names, which must differ.
  ///
  /// - Throws: ``ConvolutionError/duplicateName(_:)`` for the first name that comes twice.
  public init(named modules: KeyValuePairs<String, any Module<Scalar>>) throws(ConvolutionError) {
    var seen: Set<String> = []
    for (name, _) in modules where !seen.insert(name).inserted { throw .duplicateName(name) }
    names = modules.map(\.key)
    self.modules = modules.map(\.value)
  }

  /// The module at a position; replacing it keeps its name.
  public subscript(position: Int) -> any Module<Scalar> {
    get { modules[position] }
    _modify { yield &modules[position] }
  }

  /// The output of the last module; the input itself when there is none.
  ///
  /// - Throws: What the modules throw; `CancellationError` between two of them.
  public func forward(_ input: Tensor<Scalar>) throws -> Tensor<Scalar> {
    var value = input
    for module in modules {
      try Task.checkCancellation()
      value = try module.forward(value)
    }
    return value
  }

  /// What each module receives, first to last, followed by the last one's output: keep it to go backward without
  /// computing it again.
  public func activations(at input: Tensor<Scalar>) throws -> [Tensor<Scalar>] {
    var values = [input]
    for module in modules {
      try Task.checkCancellation()
      values.append(try module.forward(values[values.count - 1]))
    }
    return values
  }

  /// Computes the activations again, then goes backward through them.
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws -> Tensor<Scalar>? {
    try backward(outputGradient, through: activations(at: input), for: targets)
  }

  /// Goes backward through the modules, last to first. When one of them throws, nothing has been added to any gradient.
  ///
  /// - Parameters:
  ///   - outputGradient: Of the last activation's shape.
  ///   - activations: What ``activations(at:)`` gave.
  ///   - targets: Which gradients are wanted.
  /// - Returns: The gradient of the input when `targets` holds ``GradientTargets/input``.
  /// - Throws: What the modules throw; `CancellationError` between two of them;
  ///   ``ConvolutionError/valueOutOfRange(name:expected:actual:)`` for another number of activations.
  @discardableResult
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, through activations: [Tensor<Scalar>], for targets: GradientTargets = .all
  ) throws -> Tensor<Scalar>? {
    guard activations.count == modules.count + 1 else {
      throw ConvolutionError.valueOutOfRange(
        name: "activations", expected: "\(modules.count + 1) tensors", actual: [activations.count])
    }
    var updated = modules
    var gradient = outputGradient
    for position in updated.indices.reversed() {
      try Task.checkCancellation()
      let wanted = position == 0 ? targets : targets.union(.input)
      let inputGradient = try updated[position].backward(gradient, at: activations[position], for: wanted)
      guard wanted.contains(.input) else { break }
      guard let inputGradient else {
        throw ConvolutionError.backwardUnavailable(module: updated[position].description)
      }
      gradient = inputGradient
    }
    modules = updated
    return targets.contains(.input) ? gradient : nil
  }

  /// The parameters of each module in turn, under `name.parameter`.
  public mutating func forEachParameter<E: Error>(
    _ body: (String, inout Parameter<Scalar>) throws(E) -> Void
  ) throws(E) {
    for position in modules.indices {
      try modules[position].forEachParameter(under: names[position], body)
    }
  }

  /// One line for each module, as PyTorch prints it.
  public var description: String {
    guard !modules.isEmpty else { return "Sequential()" }
    let lines = zip(names, modules).flatMap { name, module in
      "(\(name)): \(module.description)".split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)\n" }
    }
    return "Sequential(\n\(lines.joined()))"
  }
}
