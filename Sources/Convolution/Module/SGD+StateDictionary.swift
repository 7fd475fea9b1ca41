extension SGD {
  private static var learningRateName: String { "learningRate" }
  static var velocityPrefix: String { "velocity." }

  /// What changes from step to step: `learningRate`, and for each parameter that has one its velocity, as in
  /// `velocity.features.0.weight`.
  ///
  /// With this and the network's own state dictionary a training that was stopped goes on bit for bit. The velocities are
  /// those of the module that was moved last: give each network an optimiser of its own, or put them into one
  /// ``Sequential``, if both are to be kept.
  ///
  /// ```swift
  /// var layer = try Conv2d<Float>(inputChannels: 1, outputChannels: 8, kernelSize: 3)
  /// var optimizer = try SGD<Float>(learningRate: 0.05, momentum: 0.9)
  /// try optimizer.step(&layer)
  /// var resumed = try SGD<Float>(learningRate: 0.05, momentum: 0.9)
  /// try resumed.load(optimizer.stateDictionary)
  /// ```
  public var stateDictionary: [String: Tensor<Scalar>] {
    var state: [String: Tensor<Scalar>] = [:]
    do throws(ConvolutionError) {
      state[Self.learningRateName] = try Tensor(repeating: learningRate, shape: [])
    } catch {
      fatalError("SGD: the learning rate could not be copied: \(error)")
    }
    for (name, velocity) in loaded { state[Self.velocityPrefix + name] = velocity }
    for (name, owner) in namesOfLastModule {
      if let velocity = velocities[owner]?.tensor { state[Self.velocityPrefix + name] = velocity }
    }
    return state
  }

  /// Takes up what ``stateDictionary`` gave, in place of all velocities; momentum and the other settings stay as they are.
  /// The velocities go to the module that is moved next, by the names of its parameters.
  ///
  /// - Throws: ``ConvolutionError/stateDictionaryMismatch(missing:unexpected:misshaped:)`` for entries of other names,
  ///   velocities without ``momentum`` among them, and for a learning rate that is missing or not of shape `[]`;
  ///   ``ConvolutionError/invalidSetting(name:expected:actual:)`` for one that is negative or not finite. The optimiser is
  ///   then as before. Whether the velocities fit the module, only ``step(_:)`` can see.
  public mutating func load(_ stateDictionary: [String: Tensor<Scalar>]) throws(ConvolutionError) {
    var unexpected: [String] = []
    var velocities: [String: Tensor<Scalar>] = [:]
    for (name, tensor) in stateDictionary where name != Self.learningRateName {
      if momentum != 0 && name.hasPrefix(Self.velocityPrefix) {
        velocities[String(name.dropFirst(Self.velocityPrefix.count))] = tensor
      } else {
        unexpected.append(name)
      }
    }
    let rate = stateDictionary[Self.learningRateName]
    let misshaped = rate.flatMap { rate in
      rate.shape.isEmpty
        ? nil : ConvolutionError.MisshapedEntry(name: Self.learningRateName, expected: [], actual: rate.shape)
    }
    guard let rate, misshaped == nil, unexpected.isEmpty else {
      throw .stateDictionaryMismatch(
        missing: rate == nil ? [Self.learningRateName] : [], unexpected: unexpected.sorted(),
        misshaped: misshaped.map { [$0] } ?? [])
    }
    try Self.requireLegal(rate.scalars[0], Self.learningRateName)
    learningRate = rate.scalars[0]
    (self.velocities, namesOfLastModule, loaded) = ([:], [:], velocities)
  }
}
