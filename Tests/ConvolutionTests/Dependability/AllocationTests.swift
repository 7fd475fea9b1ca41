import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// Memory that cannot be had, and memory that holds the worst it can.
struct AllocationTests {
  /// Makes the first allocation of `body` fail, then the second, and so on until none is left. Each time `body` must throw
  /// ``ConvolutionError/outOfMemory(byteCount:)`` or do without, and keep nothing that it allocated.
  ///
  /// - Returns: How many allocations `body` makes.
  private func failEveryAllocation(
    _ body: () throws -> Void, afterFailure: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Int {
    for count in 0..<100 {
      let trial = AllocationTrial(permitting: count)
      do {
        try AllocationTrial.$current.withValue(trial) { try body() }
      } catch ConvolutionError.outOfMemory {
        try afterFailure()
      }
      #expect(trial.liveBlocks == 0, "allocation \(count)", sourceLocation: sourceLocation)
      if trial.remaining >= 0 { return count }
    }
    Issue.record("more than 100 allocations", sourceLocation: sourceLocation)
    return 100
  }

  @Test(arguments: ConvolutionCase.representatives)
  func forward(configuration: ConvolutionCase) throws {
    try expectForwardSurvives(configuration, in: Float.self)
    try expectForwardSurvives(configuration, in: Double.self)
  }

  private func expectForwardSurvives<Scalar: ConvolutionScalar>(
    _ configuration: ConvolutionCase, in type: Scalar.Type
  ) throws {
    let sample = try Sample<Scalar>(configuration, seed: 41)
    try expectForwardSurvives(sample.layer, at: sample.input)
  }

  private func expectForwardSurvives<Layer: ConvolutionLayer>(_ original: Layer, at input: Tensor<Layer.Scalar>) throws
  {
    for (layer, algorithm) in layersOfEveryAlgorithm(original) {
      guard let expected = try unlessUnavailable({ try layer.forward(input) }) else { continue }
      func nextCallIsRight() throws { #expect(sameBits(try layer.forward(input), expected), "\(algorithm)") }

      let count = try failEveryAllocation(
        { () throws in
          // Without what the algorithm derived from the weight before.
          var fresh = layer
          fresh.weight = Parameter(layer.weight.value)
          #expect(sameBits(try fresh.forward(input), expected), "\(algorithm)")
        }, afterFailure: nextCallIsRight)
      #expect(count >= 1)

      var output = try Tensor<Layer.Scalar>(repeating: .nan, shape: expected.shape)
      _ = try failEveryAllocation(
        {
          output.withUnsafeMutableBufferPointer { unsafe $0.update(repeating: .nan) }
          var fresh = layer
          fresh.weight = Parameter(layer.weight.value)
          try fresh.forward(input, into: &output)
          #expect(sameBits(output, expected), "\(algorithm)")
        },
        afterFailure: {
          #expect(isPoisoned(output), "\(algorithm)")
          try nextCallIsRight()
        })
    }
  }

  @Test(arguments: ConvolutionCase.representatives)
  func backward(configuration: ConvolutionCase) throws {
    try expectBackwardSurvives(configuration, in: Float.self)
    try expectBackwardSurvives(configuration, in: Double.self)
  }

  private func expectBackwardSurvives<Scalar: ConvolutionScalar>(
    _ configuration: ConvolutionCase, in type: Scalar.Type
  ) throws {
    let sample = try Sample<Scalar>(configuration, seed: 42)
    try expectBackwardSurvives(sample.layer, at: sample.input, outputGradient: sample.outputGradient)
  }

  @Test(arguments: TransposedCase.representatives)
  func transposed(configuration: TransposedCase) throws {
    try expectTransposedSurvives(configuration, in: Float.self)
    try expectTransposedSurvives(configuration, in: Double.self)
  }

  private func expectTransposedSurvives<Scalar: ConvolutionScalar>(
    _ configuration: TransposedCase, in type: Scalar.Type
  ) throws {
    let sample = try TransposedSample<Scalar>(configuration, seed: 44)
    try expectForwardSurvives(sample.layer, at: sample.input)
    try expectBackwardSurvives(sample.layer, at: sample.input, outputGradient: sample.outputGradient)
  }

  private func expectBackwardSurvives<Layer: ConvolutionLayer>(
    _ original: Layer, at input: Tensor<Layer.Scalar>, outputGradient: Tensor<Layer.Scalar>
  ) throws {
    for (layer, algorithm) in layersOfEveryAlgorithm(original) {
      guard
        let expected = try unlessUnavailable({ try layer.gradients(of: outputGradient, at: input, for: .all) })
      else { continue }
      let count = try failEveryAllocation(
        {
          var trained = layer
          trained.weight = Parameter(layer.weight.value)
          trained.bias = layer.bias.map { Parameter($0.value) }
          do {
            let inputGradient = try trained.backward(outputGradient, at: input, for: .all)
            let gradients = Conv2dGradients(
              input: inputGradient, weight: trained.weight.gradient, bias: trained.bias?.gradient)
            #expect(sameBits(gradients, expected), "\(algorithm)")
          } catch {
            #expect(trained.weight.gradient == nil && trained.bias?.gradient == nil, "\(algorithm)")
            throw error
          }
        },
        afterFailure: { () throws in
          #expect(sameBits(try layer.gradients(of: outputGradient, at: input, for: .all), expected), "\(algorithm)")
        })
      #expect(count >= 2)
    }
  }

  @Test func tensorsAndLayers() throws {
    let count = try failEveryAllocation(
      { _ = try Conv2d<Double>(inputChannels: 2, outputChannels: 3, kernelSize: 3) }, afterFailure: {})
    #expect(count == 2)
    #expect(try failEveryAllocation({ _ = try Tensor<Float>(zeros: [2]) }, afterFailure: {}) == 1)
    #expect(try failEveryAllocation({ _ = try Tensor<Float>(shape: [1], scalars: [1]) }, afterFailure: {}) == 1)
  }

  /// Signalling NaN in all memory that a call allocates, workspace and results, changes no result.
  @Test(arguments: ConvolutionCase.representatives)
  func poisonedMemory(configuration: ConvolutionCase) throws {
    // No pattern signals as either: the quiet bit of a Float lies in a Double's exponent.
    try expectPoisonDoesNotMatter(configuration, in: Float.self, poison: 0x7fa0_0000_7fa0_0000)
    try expectPoisonDoesNotMatter(configuration, in: Double.self, poison: 0x7ff4_0000_0000_0000)
  }

  private func expectPoisonDoesNotMatter<Scalar: ConvolutionScalar>(
    _ configuration: ConvolutionCase, in type: Scalar.Type, poison: UInt64
  ) throws {
    let sample = try Sample<Scalar>(configuration, seed: 43)
    let (original, input, outputGradient) = (sample.layer, sample.input, sample.outputGradient)
    for (layer, algorithm) in layersOfEveryAlgorithm(original) {
      guard try unlessUnavailable({ try layer(input) }) != nil else { continue }
      for level in supportedLevels {
        let (output, gradients) = try guardedCall(
          layer.call, at: input, outputGradient: outputGradient, level: level, edge: .behind)
        #expect(output.scalars.allSatisfy { $0.isFinite })
        try AllocationTrial.$current.withValue(AllocationTrial(poison: poison)) { () throws in
          #expect(try Tensor<Scalar>(uninitialized: [4]).scalars.allSatisfy { $0.isSignalingNaN })
          let poisoned = try guardedCall(
            layer.call, at: input, outputGradient: outputGradient, level: level, edge: .behind)
          #expect(sameBits(poisoned.output, output), "\(algorithm), level \(level.rawValue)")
          #expect(sameBits(poisoned.gradients, gradients), "\(algorithm), level \(level.rawValue)")
        }
      }
    }
  }
}
