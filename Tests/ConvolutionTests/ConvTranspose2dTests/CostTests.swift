import ReferenceConvolution
import Testing

@testable import Convolution

/// What layers say that a call costs, against what it takes.
struct CostTests {
  @Test func numbers() throws {
    let layer = try Conv2d<Float>(inputChannels: 4, outputChannels: 6, kernelSize: Size2d(3, 2), stride: 2, groups: 2)
    let cost = try layer.cost(for: [5, 4, 9, 8])
    #expect(cost.operations == 2 * 5 * 6 * 4 * 4 * 2 * 6)
    #expect(cost.outputBytes == 5 * 6 * 4 * 4 * 4)
    let transposed = try ConvTranspose2d<Double>(
      inputChannels: 4, outputChannels: 6, kernelSize: Size2d(3, 2), stride: 2, groups: 2)
    let other = try transposed.cost(for: [4, 5, 6])
    #expect(other.operations == 2 * 4 * 5 * 6 * 3 * 6)
    #expect(other.outputBytes == 6 * 11 * 12 * 8)
    #expect(throws: ConvolutionError.self) { try layer.cost(for: [3, 9, 8]) }
    #expect(throws: ConvolutionError.self) { try layer.cost(for: [1 << 40, 4, 1 << 10, 1 << 9]) }
  }

  @Test func sizesAreNotComputedFromMemory() throws {
    let layer = try Conv2d<Float>(inputChannels: 16, outputChannels: 16, kernelSize: 5, padding: 2)
    // An input of a terabyte.
    let cost = try layer.cost(for: [4, 16, 1 << 16, 1 << 16])
    #expect(cost.operations == 2 * 4 * 16 * (1 << 32) * 16 * 25)
    #expect(cost.workspaceBytes <= Workspace.budget)
  }

  @Test(arguments: ConvolutionCase.representatives)
  func convolution(configuration: ConvolutionCase) throws {
    try expectCost(configuration, in: Float.self)
    try expectCost(configuration, in: Double.self)
  }

  @Test(arguments: TransposedCase.representatives)
  func transposed(configuration: TransposedCase) throws {
    try expectCost(configuration, in: Float.self)
    try expectCost(configuration, in: Double.self)
  }

  private func expectCost<Scalar: ConvolutionScalar>(_ configuration: ConvolutionCase, in type: Scalar.Type) throws {
    var generator = SplitMix64(seed: 81)
    let layer: Conv2d<Scalar> = try configuration.layer(using: &generator)
    try expectCost(layer, derived: \.weight.derivedWeights, at: configuration.input(using: &generator))
  }

  private func expectCost<Scalar: ConvolutionScalar>(_ configuration: TransposedCase, in type: Scalar.Type) throws {
    var generator = SplitMix64(seed: 81)
    let layer: ConvTranspose2d<Scalar> = try configuration.layer(using: &generator)
    try expectCost(
      layer, derived: \.weight.derivedWeights,
      at: RandomScalars.uniform.tensor(configuration.inputShape, using: &generator))
  }

  private func expectCost<Layer: ConvolutionLayer>(
    _ original: Layer, derived: KeyPath<Layer, DerivedWeights>, at input: Tensor<Layer.Scalar>
  ) throws {
    for (layer, algorithm) in layersOfEveryAlgorithm(original) {
      for threads in [1, 3] {
        var layer = layer
        layer.device = try .cpu(threads: threads)
        guard let cost = try unlessUnavailable({ try layer.cost(for: input.shape) }) else { continue }
        let comment = Comment(rawValue: "\(cost), \(algorithm), \(threads) threads")
        #expect(cost.workspaceBytes <= Workspace.budget, comment)
        layer.weight = Parameter(layer.weight.value)
        var output = try Tensor<Layer.Scalar>(zeros: layer.outputShape(for: input.shape))
        func peak() throws -> Int {
          let trial = AllocationTrial()
          try AllocationTrial.$current.withValue(trial) { try layer.forward(input, into: &output) }
          return trial.peakByteCount
        }
        // The first call may keep nothing yet.
        for _ in 0..<2 { #expect(try peak() <= cost.workspaceBytes + cost.derivedWeightBytes, comment) }
        // What is used again may be a quarter larger.
        let kept = layer[keyPath: derived].byteCount
        #expect(
          kept >= cost.derivedWeightBytes && kept <= cost.derivedWeightBytes + cost.derivedWeightBytes / 4, comment)
        if cost.derivedWeightBytes < 64 << 10 { #expect(kept == cost.derivedWeightBytes, comment) }
        // The largest of what the call takes, whatever the weight holds, is what was said, but for Winograd, which may go
        // three ways.
        let usual = try peak()
        var weight = layer.weight.value
        weight.withUnsafeMutableBufferPointer { unsafe $0[0] = .infinity }
        layer.weight.value = weight
        _ = try peak()
        let unusual = try peak()
        #expect(max(usual, unusual) <= cost.workspaceBytes, comment)
        if input.shape[0] > 0, !cost.algorithm.hasPrefix("Winograd") {
          #expect(max(usual, unusual) == cost.workspaceBytes, comment)
        }
      }
    }
  }
}
