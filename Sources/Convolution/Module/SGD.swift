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
/// ``Parameter/requiresGradient`` is false, stays as it is.
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
  /// - Throws: ``ConvolutionError/invalidSetting(name:expected:actual:)`` for a negative or non-finite number, and for
  ///   `nesterov` without momentum or with dampening.
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
  ///   parameter, ``ConvolutionError/outOfMemory(byteCount:)``. Nothing has then been moved.
  public mutating func step(_ module: inout some Module<Scalar>) throws(ConvolutionError) {
    var fresh = velocities
    var values: [String: Tensor<Scalar>] = [:]
    try module.forEachParameter { (name, parameter) throws(ConvolutionError) in
      guard parameter.requiresGradient, let gradient = parameter.gradient else { return }
      guard gradient.shape == parameter.value.shape else {
        throw .shapeMismatch(name: "gradient of \(name)", expected: "\(parameter.value.shape)", actual: gradient.shape)
      }
      var value = try parameter.value.copy()
      let isFirst = fresh[name]?.shape != value.shape
      var velocity = try isFirst ? gradient.copy() : fresh[name]!.copy()
      move(&value, along: gradient, velocity: &velocity, isFirst: isFirst)
      values[name] = value
      if momentum != 0 { fresh[name] = velocity }
    }
    velocities = fresh
    module.forEachParameter { name, parameter in
      if let value = values[name] { parameter.value = value }
    }
  }

  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  private func move(
    _ value: inout Tensor<Scalar>, along gradient: Tensor<Scalar>, velocity: inout Tensor<Scalar>, isFirst: Bool
  ) {
    value.withUnsafeMutableBufferPointer { p in
      velocity.withUnsafeMutableBufferPointer { v in
        gradient.withUnsafeBufferPointer { g in
          for index in p.indices {
            let direction = unsafe g[index] + weightDecay * p[index]
            var step = direction
            if momentum != 0 {
              unsafe v[index] = isFirst ? direction : momentum * v[index] + (1 - dampening) * direction
              step = unsafe nesterov ? direction + momentum * v[index] : v[index]
            }
            unsafe p[index] -= learningRate * step
          }
        }
      }
    }
  }
}

extension Module {
  /// Forgets the gradients of all parameters, as before the first backward pass.
  public mutating func clearGradients() {
    forEachParameter { _, parameter in parameter.gradient = nil }
  }
}
