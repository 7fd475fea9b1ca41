import ReferenceConvolution
import Testing

@testable import Convolution

/// Whose velocity is whose: networks, copies of them, and trainings that were stopped.
@Suite struct VelocityTests {
  /// A layer of one weight, 0, with this gradient.
  private func layer(gradient: Float) throws -> Conv2d<Float> {
    var layer = try Conv2d(weight: Tensor<Float>(zeros: [1, 1, 1, 1]))
    layer.weight.gradient = try Tensor(repeating: gradient, shape: [1, 1, 1, 1])
    return layer
  }

  private func weight(_ layer: Conv2d<Float>) -> Float { layer.weight.value.scalars[0] }

  /// Both parameters are named `weight`; the second network's first step starts without a velocity.
  @Test func twoNetworksOfOneOptimizer() throws {
    var optimizer = try SGD<Float>(learningRate: 1, momentum: 0.5)
    var (first, second) = try (layer(gradient: 8), layer(gradient: 1))
    try optimizer.step(&first)
    try optimizer.step(&second)
    #expect(weight(first) == -8 && weight(second) == -1)
    // 0.5 · 8 + 8, and 0.5 · 1 + 1.
    try optimizer.step(&first)
    try optimizer.step(&second)
    #expect(weight(first) == -20 && weight(second) == -2.5)
    // One each: without a copy a parameter stays the same.
    #expect(optimizer.velocities.count == 2)
  }

  /// A parameter that takes another's place, or its name and its memory's address, has no past.
  @Test func aParameterInThePlaceOfAnother() throws {
    var optimizer = try SGD<Float>(learningRate: 1, momentum: 0.5)
    for _ in 0..<100 {
      var layer = try layer(gradient: 8)
      try optimizer.step(&layer)
      #expect(weight(layer) == -8)
      layer.weight = try self.layer(gradient: 1).weight
      try optimizer.step(&layer)
      #expect(weight(layer) == -1)
    }
    // Velocities of parameters that are gone go with the next step.
    #expect(optimizer.velocities.count <= 2)
  }

  /// Changing the value leaves the velocity, as loading a state dictionary does in PyTorch.
  @Test func aNewValueKeepsTheVelocity() throws {
    var optimizer = try SGD<Float>(learningRate: 1, momentum: 0.5)
    var layer = try layer(gradient: 8)
    try optimizer.step(&layer)
    try layer.load(["weight": Tensor(zeros: [1, 1, 1, 1])])
    try optimizer.step(&layer)
    #expect(weight(layer) == -12)
  }

  /// A copy goes on from where the original was, whichever of them is moved first, and neither sees the other's steps.
  @Test(arguments: [false, true]) func copies(originalFirst: Bool) throws {
    var optimizer = try SGD<Float>(learningRate: 1, momentum: 0.5)
    var original = try layer(gradient: 8)
    try optimizer.step(&original)
    var copy = original
    copy.weight.gradient = try Tensor(repeating: 2, shape: [1, 1, 1, 1])
    if originalFirst {
      try optimizer.step(&original)
      try optimizer.step(&original)
      try optimizer.step(&copy)
      try optimizer.step(&copy)
    } else {
      try optimizer.step(&copy)
      try optimizer.step(&original)
      try optimizer.step(&copy)
      try optimizer.step(&original)
    }
    // Velocities 8, 12, 14 and, for the copy, 8, 6, 5.
    #expect(weight(original) == -34 && weight(copy) == -19)
  }

  /// Copies that are made before any step have nothing in common, within one network too.
  @Test func copiesOfAFreshLayer() throws {
    var optimizer = try SGD<Float>(learningRate: 1, momentum: 0.5)
    let layer = try layer(gradient: 8)
    var network = Sequential<Float>([layer, layer])
    try optimizer.step(&network)
    network.forEachParameter { name, parameter in
      if name == "1.weight" { parameter.gradient = try! Tensor(repeating: 2, shape: [1, 1, 1, 1]) }
    }
    try optimizer.step(&network)
    #expect(network.stateDictionary.mapValues(\.scalars) == ["0.weight": [-20], "1.weight": [-14]])
  }

  /// A snapshot of each epoch, of which only the last is kept: their velocities do not add up.
  @Test func snapshotsAreForgotten() throws {
    var optimizer = try SGD<Float>(learningRate: 1, momentum: 0.5)
    var layer = try layer(gradient: 1)
    var best = layer
    for _ in 0..<100 {
      try optimizer.step(&layer)
      best = layer
    }
    #expect(optimizer.velocities.count <= 3)
    #expect(best.weight == layer.weight)
  }

  /// A module may hand out a copy of its parameter and put it back.
  @Test func aModuleThatCopiesItsParameter() throws {
    struct Wrapper: Module {
      var layer: Conv2d<Float>
      var weight: Parameter<Float> {
        get { layer.weight }
        set { layer.weight = newValue }
      }
      func forward(_ input: Tensor<Float>) throws -> Tensor<Float> { try layer(input) }
      mutating func forEachParameter<E: Error>(
        _ body: (String, inout Parameter<Float>) throws(E) -> Void
      ) throws(E) { try body("weight", &weight) }
    }
    var optimizer = try SGD<Float>(learningRate: 1, momentum: 0.5)
    var wrapper = Wrapper(layer: try layer(gradient: 8))
    for _ in 0..<3 { try optimizer.step(&wrapper) }
    #expect(weight(wrapper.layer) == -34)
    #expect(optimizer.velocities.count <= 2)
  }
}

/// What an optimiser keeps for a training that goes on another day.
@Suite struct OptimizerStateTests {
  /// Ten steps at once, and five and five with everything made anew from state dictionaries in between.
  @Test(arguments: [false, true], [0, 1, 5]) func stoppedAndResumed(nesterov: Bool, stop: Int) throws {
    func makeOptimizer() throws -> SGD<Float> {
      try SGD(
        learningRate: 0.1, momentum: 0.9, dampening: nesterov ? 0 : 0.25, weightDecay: 1e-3, nesterov: nesterov)
    }
    // Seeded: from some weights these steps lead to numbers that are not finite.
    var generator = SplitMix64(seed: 1)
    func makeNetwork() throws -> Sequential<Float> {
      var network = try Sequential<Float>(named: [
        "features": Conv2d<Float>(
          inputChannels: 2, outputChannels: 3, kernelSize: 3, padding: 1, using: &generator),
        "head": Sequential<Float>([
          Conv2d<Float>(inputChannels: 3, outputChannels: 2, kernelSize: 1, bias: false, using: &generator)
        ]),
      ])
      network.forEachParameter { name, parameter in parameter.requiresGradient = name != "features.bias" }
      return network
    }
    /// The batch of a step depends on its number alone.
    func train(_ network: inout Sequential<Float>, _ optimizer: inout SGD<Float>, _ steps: Range<Int>) throws {
      for step in steps {
        var generator = SplitMix64(seed: UInt64(step))
        let input: Tensor<Float> = try RandomScalars.uniform.tensor([2, 2, 5, 4], using: &generator)
        network.forEachParameter { name, parameter in
          if name == "features.bias" { parameter.requiresGradient = step > 6 }
        }
        _ = try network.backward(network(input), at: input, for: [.weight, .bias])
        optimizer.learningRate *= 0.9
        try optimizer.step(&network)
        network.clearGradients()
      }
    }
    var (network, optimizer) = try (makeNetwork(), makeOptimizer())
    let start = network.stateDictionary
    try train(&network, &optimizer, 0..<10)

    var (first, firstOptimizer) = try (makeNetwork(), makeOptimizer())
    try first.load(start)
    try train(&first, &firstOptimizer, 0..<stop)
    let names = stop == 0 ? [] : ["velocity.features.weight", "velocity.head.0.weight"]
    let state = firstOptimizer.stateDictionary
    #expect(state.keys.sorted() == (["learningRate"] + names).sorted())

    var (resumed, resumedOptimizer) = try (makeNetwork(), makeOptimizer())
    try resumed.load(first.stateDictionary)
    try resumedOptimizer.load(state)
    #expect(resumedOptimizer.stateDictionary == state)
    try train(&resumed, &resumedOptimizer, stop..<10)
    for (name, value) in network.stateDictionary {
      #expect(value.scalars.allSatisfy { $0.isFinite }, "\(name)")
      #expect(resumed.stateDictionary[name]?.scalars.map(\.bitPattern) == value.scalars.map(\.bitPattern), "\(name)")
    }
    #expect(resumedOptimizer.stateDictionary == optimizer.stateDictionary)
  }

  private func movedLayer(_ optimizer: inout SGD<Float>) throws -> Conv2d<Float> {
    var layer = try Conv2d(weight: Tensor<Float>(zeros: [1, 1, 1, 1]))
    layer.weight.gradient = try Tensor(repeating: 8, shape: [1, 1, 1, 1])
    try optimizer.step(&layer)
    return layer
  }

  /// Of a network and a snapshot of it, the state is the network's; of two networks, that of the one moved last.
  @Test func theNetworkMovedLast() throws {
    var optimizer = try SGD<Float>(learningRate: 1, momentum: 0.5)
    var layer = try movedLayer(&optimizer)
    let snapshot = layer
    try optimizer.step(&layer)
    #expect(optimizer.stateDictionary["velocity.weight"]?.scalars == [12])
    var other = try movedLayer(&optimizer)
    #expect(optimizer.stateDictionary["velocity.weight"]?.scalars == [8])
    // A frozen parameter keeps its velocity.
    other.weight.requiresGradient = false
    try optimizer.step(&other)
    #expect(optimizer.stateDictionary["velocity.weight"]?.scalars == [8])
    #expect(snapshot.weight.value.scalars == [-8])
  }

  /// Loading takes the place of the velocities that were there, for a network and not for its copy.
  @Test func loadingReplaces() throws {
    var optimizer = try SGD<Float>(learningRate: 1, momentum: 0.5)
    var layer = try movedLayer(&optimizer)
    var copy = layer
    var state = optimizer.stateDictionary
    state["velocity.weight"] = try Tensor(repeating: 100, shape: [1, 1, 1, 1])
    state["learningRate"] = try Tensor(repeating: 2, shape: [])
    try optimizer.load(state)
    #expect(optimizer.learningRate == 2)
    try optimizer.step(&layer)
    // From -8 by 2 · (0.5 · 100 + 8) = 116; the copy by its first step without a velocity, 2 · 8.
    #expect(layer.weight.value.scalars == [-124])
    try optimizer.step(&copy)
    #expect(copy.weight.value.scalars == [-24])
    state["velocity.weight"] = nil
    try optimizer.load(state)
    try optimizer.step(&layer)
    #expect(layer.weight.value.scalars == [-140])
  }

  @Test func whatDoesNotFitIsRefused() throws {
    var optimizer = try SGD<Float>(learningRate: 1, momentum: 0.5)
    var layer = try movedLayer(&optimizer)
    let state = optimizer.stateDictionary
    func expect(
      _ changes: [String: Tensor<Float>], without dropped: String? = nil, _ error: ConvolutionError,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let changed = state.merging(changes) { $1 }.filter { $0.key != dropped }
      #expect(throws: error, sourceLocation: sourceLocation) { try optimizer.load(changed) }
      #expect(optimizer.stateDictionary == state, sourceLocation: sourceLocation)
    }
    let one = try Tensor<Float>(repeating: 1, shape: [1])
    expect(
      ["weight": one, "momentum": one],
      .stateDictionaryMismatch(missing: [], unexpected: ["momentum", "weight"], misshaped: []))
    expect(
      [:], without: "learningRate",
      .stateDictionaryMismatch(missing: ["learningRate"], unexpected: [], misshaped: []))
    expect(
      ["learningRate": one],
      .stateDictionaryMismatch(
        missing: [], unexpected: [], misshaped: [.init(name: "learningRate", expected: [], actual: [1])]))
    expect(
      ["learningRate": try Tensor(repeating: -1, shape: [])],
      .invalidSetting(name: "learningRate", expected: "a finite number of 0 or more", actual: "-1.0"))
    var plain = try SGD<Float>(learningRate: 1)
    #expect(
      throws: ConvolutionError.stateDictionaryMismatch(missing: [], unexpected: ["velocity.weight"], misshaped: [])
    ) { try plain.load(state) }

    // Names and shapes of velocities meet the module at the next step, which then moves nothing.
    var wrong = state
    wrong["velocity.bias"] = one
    wrong["velocity.weight"] = one
    try optimizer.load(wrong)
    let before = layer.stateDictionary
    for _ in 0..<2 {
      #expect(
        throws: ConvolutionError.stateDictionaryMismatch(
          missing: [], unexpected: ["velocity.bias"],
          misshaped: [.init(name: "velocity.weight", expected: [1, 1, 1, 1], actual: [1])])
      ) { try optimizer.step(&layer) }
    }
    #expect(layer.stateDictionary == before && optimizer.stateDictionary == wrong)
    wrong["velocity.weight"] = nil
    try optimizer.load(wrong)
    #expect(
      throws: ConvolutionError.stateDictionaryMismatch(missing: [], unexpected: ["velocity.bias"], misshaped: [])
    ) { try optimizer.step(&layer) }
  }
}
