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
/// var network = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3)
/// var optimizer = try SGD<Float>(learningRate: 0.05, momentum: 0.9, weightDecay: 5e-4)
/// try optimizer.step(&network)     // after a backward pass
/// network.clearGradients()
/// ```
public struct SGD<Scalar: ConvolutionScalar>: Sendable {
  /// The length of a step; may be changed between steps.
  public var learningRate: Scalar
  /// How much of the last velocity is kept, 0 for none.
  public let momentum: Scalar
  /// How much the gradient's part in the velocity is lessened.
  public let dampening: Scalar
  /// How strongly parameters are drawn to zero.
  public let weightDecay: Scalar
  /// Whether the step looks ahead along the velocity.
  public let nesterov: Bool

  private var velocities: [String: Tensor<Scalar>] = [:]

  /// Creates an optimiser without velocities.
  ///
  /// - Throws: ``ConvolutionError/invalidSetting(name:expected:actual:)`` for a negative or non-finite number (dampening
  ///   may be negative), and for `nesterov` without momentum or with dampening.
  public init(
    learningRate: Scalar, momentum: Scalar = 0, dampening: Scalar = 0, weightDecay: Scalar = 0, nesterov: Bool = false
  ) throws(ConvolutionError) {
    for (name, value) in [("learningRate", learningRate), ("momentum", momentum), ("weightDecay", weightDecay)] {
      guard value >= 0 && value.isFinite else {
        throw .invalidSetting(name: name, expected: "a finite number of 0 or more", actual: "\(value)")
      }
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

  /// Moves every parameter of a module one step against its gradient. Velocities go by the parameters' names.
  ///
  /// - Throws: ``ConvolutionError/shapeMismatch(name:expected:actual:)`` for a gradient of another shape than its
  ///   parameter, ``ConvolutionError/duplicateName(_:)`` for two parameters of one name,
  ///   ``ConvolutionError/outOfMemory(byteCount:)``. Nothing has then been moved.
  public mutating func step(_ module: inout some Module<Scalar>) throws(ConvolutionError) {
    // All that can fail comes first: shapes, room for new velocities, and memory of one's own for what shares it.
    var names: Set<String> = []
    var fresh: [String: Tensor<Scalar>] = [:]
    try module.forEachParameter { (name, parameter) throws(ConvolutionError) in
      guard parameter.requiresGradient, let gradient = parameter.gradient else { return }
      guard gradient.shape == parameter.value.shape else {
        throw .shapeMismatch(name: "gradient of \(name)", expected: "\(parameter.value.shape)", actual: gradient.shape)
      }
      guard names.insert(name).inserted else { throw .duplicateName(name) }
      try parameter.value.makeUnique()
      guard momentum != 0 else { return }
      if velocities[name]?.shape == gradient.shape {
        try velocities[name]?.makeUnique()
      } else {
        fresh[name] = try Tensor(uninitialized: gradient.shape)
      }
    }
    module.forEachParameter { name, parameter in
      guard parameter.requiresGradient, let gradient = parameter.gradient else { return }
      if momentum == 0 {
        move(&parameter.value, along: gradient)
      } else if var velocity = fresh.removeValue(forKey: name) {
        move(&parameter.value, along: gradient, velocity: &velocity, isFirst: true)
        velocities[name] = velocity
      } else {
        move(&parameter.value, along: gradient, velocity: &velocities[name]!, isFirst: false)
      }
    }
  }
}

extension SGD {
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  private func move(_ value: inout Tensor<Scalar>, along gradient: Tensor<Scalar>) {
    precondition(value.shape == gradient.shape)
    value.withUnsafeMutableBufferPointer { p in
      gradient.withUnsafeBufferPointer { g in
        for index in p.indices {
          unsafe p[index] -= learningRate * direction(g[index], at: p[index])
        }
      }
    }
  }

  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  private func move(
    _ value: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, velocity: inout Tensor<Scalar>, isFirst: Bool
  ) {
    precondition(value.shape == gradient.shape && value.shape == velocity.shape)
    value.withUnsafeMutableBufferPointer { p in
      velocity.withUnsafeMutableBufferPointer { v in
        gradient.withUnsafeBufferPointer { g in
          for index in p.indices {
            let direction = unsafe direction(g[index], at: p[index])
            let velocity = unsafe isFirst ? direction : momentum * v[index] + (1 - dampening) * direction
            unsafe v[index] = velocity
            unsafe p[index] -= learningRate * (nesterov ? direction + momentum * velocity : velocity)
          }
        }
      }
    }
  }

  /// `d` of the formula. Without decay the parameter is not looked at, so that an infinite one stays infinite.
  @inline(__always)
  private func direction(_ gradient: Scalar, at value: Scalar) -> Scalar {
    weightDecay == 0 ? gradient : gradient + weightDecay * value
  }
}

extension Module {
  /// Forgets the gradients of all parameters, as before the first backward pass.
  public mutating func clearGradients() {
    forEachParameter { _, parameter in parameter.gradient = nil }
  }
}
