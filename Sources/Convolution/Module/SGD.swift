/// Stochastic gradient descent with momentum and weight decay, by the formula of PyTorch's
/// [`optim.SGD`](https://pytorch.org/docs/stable/generated/torch.optim.SGD.html).
///
/// For each parameter `p` with gradient `g` and velocity `v`, which starts as the first `d`:
///
///     d = g + weightDecay · p
///     v = momentum · v + (1 − dampening) · d          (with momentum)
///     p = p − learningRate · (nesterov ? d + momentum · v : v)
///
/// Without momentum the step is `p − learningRate · d`. A parameter without a gradient, or whose
/// ``Parameter/requiresGradient`` is false, stays as it is, and so does its velocity.
///
/// ```swift
/// var layer = try Conv2d<Float>(inputChannels: 1, outputChannels: 8, kernelSize: 3)
/// var optimizer = try SGD<Float>(learningRate: 0.05, momentum: 0.9, weightDecay: 5e-4)
/// try layer.backward(Tensor(repeating: 1, shape: [8, 26, 26]), at: Tensor(zeros: [1, 28, 28]))
/// try optimizer.step(&layer)
/// layer.clearGradients()
/// ```
///
/// A velocity belongs to a parameter, whatever its name: networks that one optimiser moves have theirs apart. A copy of a
/// network goes on from the velocities that the network had when it was copied; from then on each has its own. The optimiser
/// keeps them for as long as the network, or the copy, is there.
public struct SGD<Scalar: ConvolutionScalar>: Sendable {
  /// The length of a step; may be changed between steps.
  public var learningRate: Scalar
  /// How much of the last velocity is kept, 0 for none.
  public let momentum: Scalar
  /// How much the gradient's share of the velocity is reduced.
  public let dampening: Scalar
  /// How strongly parameters are drawn to zero.
  public let weightDecay: Scalar
  /// Whether the step looks ahead along the velocity.
  public let nesterov: Bool

  /// The velocity of a parameter; kept for as long as its owner is there.
  struct Velocity: Sendable {
    weak var owner: ParameterIdentity?
    var tensor: Tensor<Scalar>
  }

  var velocities: [ObjectIdentifier: Velocity] = [:]
  /// Whose velocities the parameters of the module moved last have, by their names.
  var namesOfLastModule: [String: ObjectIdentifier] = [:]
  /// Velocities from a state dictionary, for the parameters of these names in the module that is moved next.
  var loaded: [String: Tensor<Scalar>] = [:]

  /// Creates an optimiser without velocities.
  ///
  /// - Throws: ``ConvolutionError/invalidSetting(name:expected:actual:)`` for a negative or non-finite number (dampening
  ///   may be negative), and for `nesterov` without momentum or with dampening.
  public init(
    learningRate: Scalar, momentum: Scalar = 0, dampening: Scalar = 0, weightDecay: Scalar = 0, nesterov: Bool = false
  ) throws(ConvolutionError) {
    for (name, value) in [("learningRate", learningRate), ("momentum", momentum), ("weightDecay", weightDecay)] {
      try Self.requireLegal(value, name)
    }
    guard dampening.isFinite else {
      throw .invalidSetting(name: "dampening", expected: "a finite number", actual: "\(dampening)")
    }
    guard !nesterov || (momentum > 0 && dampening == 0) else {
      throw .invalidSetting(
        name: "nesterov", expected: "momentum above 0 and dampening 0",
        actual: "momentum \(momentum), dampening \(dampening)")
    }
    self.learningRate = learningRate
    self.momentum = momentum
    self.dampening = dampening
    self.weightDecay = weightDecay
    self.nesterov = nesterov
  }

  static func requireLegal(_ value: Scalar, _ name: String) throws(ConvolutionError) {
    guard value >= 0 && value.isFinite else {
      throw .invalidSetting(name: name, expected: "a finite number of 0 or more", actual: "\(value)")
    }
  }

  /// Moves every parameter of a module one step against its gradient.
  ///
  /// - Throws: ``ConvolutionError/shapeMismatch(name:expected:actual:)`` for a gradient of another shape than its
  ///   parameter, ``ConvolutionError/duplicateName(_:)`` for two parameters of one name,
  ///   ``ConvolutionError/stateDictionaryMismatch(missing:unexpected:misshaped:)`` in the first step after ``load(_:)`` for
  ///   velocities that do not fit the module, ``ConvolutionError/outOfMemory(byteCount:)``. Nothing has then been moved.
  public mutating func step(_ module: inout some Module<Scalar>) throws(ConvolutionError) {
    // All that can fail comes first: names, shapes, memory for new velocities, and memory of one's own for what shares it.
    try check(&module)
    assignVelocities(&module)
    var fresh: [ObjectIdentifier: Tensor<Scalar>] = [:]
    try module.forEachParameter { (_, parameter) throws(ConvolutionError) in
      guard parameter.requiresGradient, let gradient = parameter.gradient else { return }
      try parameter.value.makeUnique()
      guard momentum != 0 else { return }
      let owner = ObjectIdentifier(parameter.identity)
      if velocities[owner]?.tensor.shape == gradient.shape {
        try velocities[owner]?.tensor.makeUnique()
      } else {
        fresh[owner] = try Tensor(uninitialized: gradient.shape)
      }
    }
    module.forEachParameter { _, parameter in
      guard parameter.requiresGradient, let gradient = parameter.gradient else { return }
      let owner = ObjectIdentifier(parameter.identity)
      if momentum == 0 {
        move(&parameter.value, along: gradient)
      } else if var velocity = fresh.removeValue(forKey: owner) {
        move(&parameter.value, along: gradient, velocity: &velocity, isFirst: true)
        velocities[owner] = Velocity(owner: parameter.identity, tensor: velocity)
      } else {
        move(&parameter.value, along: gradient, velocity: &velocities[owner]!.tensor, isFirst: false)
      }
    }
  }

  /// Refuses a module whose names, gradients or loaded velocities do not fit.
  private func check(_ module: inout some Module<Scalar>) throws(ConvolutionError) {
    var names: Set<String> = []
    var misshaped: [ConvolutionError.MisshapedEntry] = []
    try module.forEachParameter { (name, parameter) throws(ConvolutionError) in
      guard names.insert(name).inserted else { throw .duplicateName(name) }
      let shape = parameter.value.shape
      if parameter.requiresGradient, let gradient = parameter.gradient, gradient.shape != shape {
        throw .shapeMismatch(name: "gradient of \(name)", expected: "\(shape)", actual: gradient.shape)
      }
      if let velocity = loaded[name], velocity.shape != shape {
        misshaped.append(.init(name: Self.velocityPrefix + name, expected: shape, actual: velocity.shape))
      }
    }
    let unexpected = loaded.keys.filter { !names.contains($0) }.map { Self.velocityPrefix + $0 }
    guard misshaped.isEmpty && unexpected.isEmpty else {
      throw .stateDictionaryMismatch(missing: [], unexpected: unexpected.sorted(), misshaped: misshaped)
    }
  }

  /// Gives each parameter that is to be moved a velocity that no copy shares, if it has one: its own, the one of the
  /// parameter it is a copy of, or the one that was loaded for it. Those without an owner go.
  private mutating func assignVelocities(_ module: inout some Module<Scalar>) {
    velocities = velocities.filter { $0.value.owner != nil }
    namesOfLastModule = [:]
    module.forEachParameter { name, parameter in
      let velocity = loaded[name] ?? velocities[ObjectIdentifier(parameter.identity)]?.tensor
      if loaded[name] != nil || (parameter.requiresGradient && parameter.gradient != nil) {
        parameter.makeIdentityUnique()
        velocities[ObjectIdentifier(parameter.identity)] = velocity.map {
          Velocity(owner: parameter.identity, tensor: $0)
        }
      }
      namesOfLastModule[name] = ObjectIdentifier(parameter.identity)
    }
    loaded = [:]
  }
}
