import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// Bias, residual and activation, through every algorithm: the bits of the steps one after the other.
struct EpilogueTests {
  static let activations: [EpilogueActivation] = [
    .none, .clamp(low: 0, high: .infinity), .clamp(low: 0, high: 1.5), .leaky(slope: 0.2), .slopes, .hardswish,
  ]

  @Test(arguments: ConvolutionCase.representatives)
  func convolutions(configuration: ConvolutionCase) throws {
    try expectStepByStep(configuration, in: Float.self)
    try expectStepByStep(configuration, in: Double.self)
  }

  private func expectStepByStep<Scalar: ConvolutionScalar>(
    _ configuration: ConvolutionCase, in type: Scalar.Type
  ) throws {
    var generator = SplitMix64(seed: 81)
    let layer: Conv2d<Scalar> = try configuration.layer(using: &generator)
    let input: Tensor<Scalar> = try configuration.input(using: &generator)
    for (layer, algorithm) in layersOfEveryAlgorithm(layer) {
      try expectStepByStep(layer.call, at: input, "\(algorithm)")
      var infinite = layer
      infinite.weight.value = try layer.weight.value.replacing(layer.weight.value.count / 2, by: .infinity)
      try expectStepByStep(infinite.call, at: input, "\(algorithm), a weight is infinite")
    }
    // What a transform spreads is computed again.
    try expectStepByStep(layer.call, at: input.replacing(input.count / 2, by: -.infinity), "an input is infinite")
    try expectStepByStep(layer.call, at: input.replacing(input.count / 2, by: 1e20), "an input is large")
  }

  @Test(arguments: TransposedCase.representatives)
  func transposed(configuration: TransposedCase) throws {
    try expectStepByStep(configuration, in: Float.self)
    try expectStepByStep(configuration, in: Double.self)
  }

  private func expectStepByStep<Scalar: ConvolutionScalar>(
    _ configuration: TransposedCase, in type: Scalar.Type
  ) throws {
    var generator = SplitMix64(seed: 82)
    let layer: ConvTranspose2d<Scalar> = try configuration.layer(using: &generator)
    let input: Tensor<Scalar> = try RandomScalars.uniform.tensor(configuration.inputShape, using: &generator)
    for (layer, algorithm) in layersOfEveryAlgorithm(layer) {
      try expectStepByStep(layer.call, at: input, "\(algorithm)")
    }
    try expectStepByStep(layer.call, at: input.replacing(input.count / 2, by: -.infinity), "an input is infinite")
    try expectStepByStep(layer.call, at: input.replacing(input.count / 2, by: 1e20), "an input is large")
  }

  private func expectStepByStep<Scalar: ConvolutionScalar>(
    _ call: ConvolutionCall<Scalar>, at input: Tensor<Scalar>, _ comment: String
  ) throws {
    let geometry = try Geometry(call.configuration, inputShape: input.shape)
    guard geometry.batch > 0 else { return }
    let channels = call.configuration.outputChannels
    let residuals = try Tensor<Scalar>.random(geometry.outputShape, seed: 83).scalars
    // One of them reverses the sign.
    let slopes = (0..<channels).map { Scalar($0 - 1) / 8 }
    for level in supportedLevels {
      let servingPlan = try unlessUnavailable {
        try LayerPlan(
          geometry, scalar: Scalar.self, algorithm: call.algorithm, precision: call.precision, level: level)
      }
      guard let plan = servingPlan else { return }
      func output(residual: Bool, _ activation: EpilogueActivation, threads: Int) throws -> [Scalar] {
        let edge: GuardedScalars<Scalar>.Edge = .behind
        let x = GuardedScalars(input.scalars, guarded: edge), w = GuardedScalars(call.weight.scalars, guarded: edge)
        let b = call.bias.map { GuardedScalars($0.scalars, guarded: edge) }
        let r = GuardedScalars(residual ? residuals : [.nan], guarded: edge)
        let s = GuardedScalars(slopes, guarded: edge)
        let y = GuardedScalars([Scalar](repeating: .nan, count: geometry.outputShape.reduce(1, *)), guarded: edge)
        try plan.forward(
          unsafe ForwardOperands(
            input: x.start, weight: w.start,
            epilogue: Epilogue(
              bias: b.map { unsafe UnsafePointer($0.start) }, residual: residual ? UnsafePointer(r.start) : nil,
              slopes: UnsafePointer(s.start), activation: activation),
            output: y.start, batch: geometry.batch, threads: threads, derivedWeights: DerivedWeights()),
          by: plan.prepared)
        defer { extendLifetime((x, w, b, r, s)) }
        return y.scalars
      }
      let plain = try output(residual: false, .none, threads: 1)
      for activation in Self.activations {
        for hasResidual in [false, true] where hasResidual || activation != .none {
          let pixels = geometry.outputShape.suffix(2).reduce(1, *)
          let expected = plain.indices.map { index in
            let sum = hasResidual ? plain[index] + residuals[index] : plain[index]
            return activated(sum, activation, slope: slopes[index / pixels % channels])
          }
          let actual = try output(residual: hasResidual, activation, threads: hasResidual ? 2 : 1)
          #expect(
            zip(actual, expected).allSatisfy { $0 == $1 && $0.sign == $1.sign || $0.isNaN && $1.isNaN },
            "\(comment), \(Scalar.self), level \(level.rawValue), \(activation), residual \(hasResidual)")
        }
      }
    }
  }

  /// One after the other, as the layers of these names have them.
  private func activated<Scalar: ConvolutionScalar>(
    _ x: Scalar, _ activation: EpilogueActivation, slope: Scalar
  ) -> Scalar {
    func limited(_ x: Scalar, _ low: Double, _ high: Double) -> Scalar {
      x < Scalar(low) ? Scalar(low) : x > Scalar(high) ? Scalar(high) : x
    }
    return switch activation {
    case .none: x
    case .clamp(let low, let high): limited(x, low, high)
    case .leaky(let slope): x > 0 ? x : x * Scalar(slope)
    case .slopes: x > 0 ? x : x * slope
    case .hardswish: x * (limited(x + 3, 0, 6) / 6)
    }
  }
}

extension Tensor {
  fileprivate func replacing(_ index: Int, by value: Double) throws -> Tensor {
    guard count > 0 else { return self }
    var scalars = scalars
    scalars[index] = Scalar(value)
    return try Tensor(shape: shape, scalars: scalars)
  }
}
