import ReferenceConvolution
import Testing

@testable import Convolution

/// Inputs, weights, biases, outputs and gradients beside protected pages, on either side, for every algorithm: nothing is
/// read or written past their ends, and inputs keep every bit.
struct GuardedPageTests {
  @Test(arguments: ConvolutionCase.representatives)
  func float(configuration: ConvolutionCase) throws {
    try expectNothingPastTheEnds(configuration, in: Float.self)
  }

  @Test(arguments: ConvolutionCase.representatives)
  func double(configuration: ConvolutionCase) throws {
    try expectNothingPastTheEnds(configuration, in: Double.self)
  }

  private func expectNothingPastTheEnds<Scalar: ConvolutionScalar>(
    _ configuration: ConvolutionCase, in type: Scalar.Type
  ) throws {
    var generator = SplitMix64(seed: 51)
    let original: Conv2d<Scalar> = try configuration.layer(using: &generator)
    let input: Tensor<Scalar> = try configuration.input(using: &generator)
    let geometry = try Geometry(original.configuration, inputShape: input.shape)
    let outputGradient: Tensor<Scalar> = try RandomScalars.uniform.tensor(geometry.outputShape, using: &generator)
    for (layer, algorithm) in layersOfEveryAlgorithm(original) {
      guard let output = try unlessUnavailable({ try layer(input) }) else { continue }
      let gradients = try layer.gradients(of: outputGradient, at: input)
      let plan = try Plan(geometry.image, scalar: Scalar.self, algorithm: algorithm, precision: layer.precision)
      for edge in GuardedScalars<Scalar>.Edge.allCases {
        let x = GuardedScalars(input.scalars, guarded: edge)
        let w = GuardedScalars(layer.weight.value.scalars, guarded: edge)
        let b = layer.bias.map { GuardedScalars($0.value.scalars, guarded: edge) }
        let dy = GuardedScalars(outputGradient.scalars, guarded: edge)
        func poisoned(_ shape: [Int]) -> GuardedScalars<Scalar> {
          GuardedScalars([Scalar](repeating: .nan, count: shape.reduce(1, *)), guarded: edge)
        }

        let y = poisoned(output.shape)
        try plan.forward(
          unsafe ForwardOperands(
            input: x.start, weight: w.start, bias: b?.start, output: y.start, batch: geometry.batch, threads: 2,
            keptFilters: KeptFilters()))
        #expect(y.scalars == output.scalars, "\(algorithm), \(edge)")

        let (dx, dw, db) = (poisoned(input.shape), poisoned(layer.weight.value.shape), poisoned([layer.outputChannels]))
        func operands(_ result: GuardedScalars<Scalar>) -> BackwardOperands<Scalar> {
          unsafe BackwardOperands(
            outputGradient: dy.start, input: x.start, weight: w.start, result: result.start, batch: geometry.batch,
            threads: 2, keptFilters: KeptFilters())
        }
        try plan.inputGradient(operands(dx))
        try plan.weightGradient(operands(dw))
        plan.biasGradient(operands(db))
        #expect(dx.scalars == gradients.input?.scalars, "\(algorithm), \(edge)")
        #expect(dw.scalars == gradients.weight?.scalars, "\(algorithm), \(edge)")
        if let bias = gradients.bias { #expect(db.scalars == bias.scalars, "\(algorithm), \(edge)") }

        #expect(x.scalars == input.scalars && w.scalars == layer.weight.value.scalars, "\(algorithm), \(edge)")
        #expect(b?.scalars == layer.bias?.value.scalars && dy.scalars == outputGradient.scalars)
      }
    }
  }
}
