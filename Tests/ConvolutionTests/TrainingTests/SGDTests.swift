import Testing

@testable import Convolution

@Suite struct SGDTests {
  /// The largest difference from PyTorch, which fuses multiplication and addition, in units of the last place of 2.
  static let allowedUnits = 4.0

  @Test(arguments: GoldenSteps.all(of: Float.self)) func stepsAsPyTorchInFloat(_ golden: GoldenSteps<Float>) throws {
    try expectSteps(golden)
  }

  @Test(arguments: GoldenSteps.all(of: Double.self)) func stepsAsPyTorchInDouble(_ golden: GoldenSteps<Double>) throws {
    try expectSteps(golden)
  }

  private func expectSteps<Scalar>(_ golden: GoldenSteps<Scalar>) throws {
    var layer = try Conv2d(weight: Tensor(shape: [golden.start.count, 1, 1, 1], scalars: golden.start))
    var optimizer = try golden.optimizer()
    for (step, (gradient, expected)) in zip(golden.gradients, golden.values).enumerated() {
      if step == 2 { optimizer.learningRate /= 2 }
      layer.weight.gradient = try Tensor(shape: layer.weight.value.shape, scalars: gradient)
      try optimizer.step(&layer)
      for (value, expected) in zip(layer.weight.value.scalars, expected) {
        #expect(abs(Double(value - expected)) <= Self.allowedUnits * 2 * Double(Scalar.ulpOfOne), "step \(step)")
      }
    }
  }

  @Test func leavesParametersWithoutGradientAlone() throws {
    var layer = try layer()
    layer.weight.gradient = nil
    layer.bias?.requiresGradient = false
    let before = layer.stateDictionary
    var optimizer = try SGD<Float>(learningRate: 1, weightDecay: 1)
    try optimizer.step(&layer)
    #expect(layer.stateDictionary == before)
  }

  @Test func takesAnyModule() throws {
    var module: any Module<Float> = try layer()
    var optimizer = try SGD<Float>(learningRate: 0.5)
    try optimizer.step(&module)
    #expect(module.stateDictionary["weight"]?.scalars == [0.5, 1.5])
    module.clearGradients()
    module.forEachParameter { _, parameter in #expect(parameter.gradient == nil) }
  }

  @Test func movesACopyAlone() throws {
    var moved = try layer()
    let original = moved
    var optimizer = try SGD<Float>(learningRate: 0.5, momentum: 0.5)
    try optimizer.step(&moved)
    let resumed = (optimizer, moved)
    try optimizer.step(&moved)
    #expect(try original.stateDictionary == layer().stateDictionary)
    // The copies of the first step, made before the second, take it just the same.
    var (optimizerCopy, layerCopy) = resumed
    try optimizerCopy.step(&layerCopy)
    #expect(layerCopy.stateDictionary == moved.stateDictionary)
  }

  @Test func movesInPlace() throws {
    var layer = try layer()
    var optimizer = try SGD<Float>(learningRate: 0.5, momentum: 0.5)
    let before = address(of: layer.weight.value)
    try optimizer.step(&layer)
    try optimizer.step(&layer)
    #expect(address(of: layer.weight.value) == before)
  }

  @Test func refusesAGradientOfAnotherShapeAndMovesNothing() throws {
    var layer = try layer()
    layer.bias?.gradient = try Tensor(repeating: 1, shape: [3])
    let before = layer
    var optimizer = try SGD<Float>(learningRate: 0.5, momentum: 0.5)
    let error = ConvolutionError.shapeMismatch(name: "gradient of bias", expected: "[2]", actual: [3])
    #expect(throws: error) { try optimizer.step(&layer) }
    #expect(layer.stateDictionary == before.stateDictionary)
    // The refused step left no velocity behind: the next is a first one.
    layer.bias?.gradient = nil
    try optimizer.step(&layer)
    #expect(layer.weight.value.scalars == [0.5, 1.5])
  }

  @Test func refusesTwoParametersOfOneName() throws {
    struct Twice: Module {
      var parameters: [Parameter<Float>]
      func forward(_ input: Tensor<Float>) -> Tensor<Float> { input }
      mutating func forEachParameter<E: Error>(
        _ body: (String, inout Parameter<Float>) throws(E) -> Void
      ) throws(E) {
        for index in parameters.indices { try body("weight", &parameters[index]) }
      }
    }
    var parameters = try [Parameter(Tensor<Float>(zeros: [1])), Parameter(Tensor<Float>(zeros: [1000]))]
    for index in parameters.indices { parameters[index].gradient = parameters[index].value }
    var module = Twice(parameters: parameters)
    var optimizer = try SGD<Float>(learningRate: 0.5, momentum: 0.5)
    #expect(throws: ConvolutionError.duplicateName("weight")) { try optimizer.step(&module) }
  }

  /// However many allocations succeed before one fails, the step is taken as a whole or not at all.
  @Test(arguments: 0...4) func movesNothingWithoutMemory(permitted: Int) throws {
    var layer = try layer()
    let before = layer  // shares the memory, so that a step has to copy it
    var optimizer = try SGD<Float>(learningRate: 0.5, momentum: 0.5)
    let trial = AllocationTrial(permitting: permitted)
    do {
      try AllocationTrial.$current.withValue(trial) { try optimizer.step(&layer) }
      #expect(permitted == 4)
      #expect(layer.weight.value.scalars == [0.5, 1.5])
    } catch {
      #expect(permitted < 4)
      #expect(layer.stateDictionary == before.stateDictionary)
      try optimizer.step(&layer)
      #expect(layer.weight.value.scalars == [0.5, 1.5])
    }
  }

  @Test func refusesSettingsOutOfRange() {
    func expectRefusal(_ name: String, _ make: () throws -> SGD<Double>) {
      #expect { try make() } throws: { error in
        guard case .invalidSetting(name, _, _) = error as? ConvolutionError else { return false }
        return true
      }
    }
    expectRefusal("learningRate") { try SGD(learningRate: -1) }
    expectRefusal("learningRate") { try SGD(learningRate: .nan) }
    expectRefusal("momentum") { try SGD(learningRate: 1, momentum: -0.1) }
    expectRefusal("dampening") { try SGD(learningRate: 1, momentum: 0.1, dampening: .infinity) }
    expectRefusal("weightDecay") { try SGD(learningRate: 1, weightDecay: -0.1) }
    expectRefusal("nesterov") { try SGD(learningRate: 1, nesterov: true) }
    expectRefusal("nesterov") { try SGD(learningRate: 1, momentum: 0.9, dampening: 0.1, nesterov: true) }
  }

  /// Weights 1 and 2 with gradient 1, biases 0 with gradient 1.
  private func layer() throws -> Conv2d<Float> {
    var layer = try Conv2d<Float>(
      weight: Tensor(shape: [2, 1, 1, 1], scalars: [1, 2]), bias: Tensor(zeros: [2]))
    layer.weight.gradient = try Tensor(repeating: 1, shape: [2, 1, 1, 1])
    layer.bias?.gradient = try Tensor(repeating: 1, shape: [2])
    return layer
  }

  private func address(of tensor: Tensor<Float>) -> Int {
    tensor.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
  }
}
