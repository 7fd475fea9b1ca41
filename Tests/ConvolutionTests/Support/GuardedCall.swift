import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// An output and all gradients of a layer's call, by the kernels of one level, with every operand and every result beside a
/// protected page. Results hold NaN before; inputs must keep every bit.
func guardedCall<Scalar: ConvolutionScalar>(
  _ call: ConvolutionCall<Scalar>, at input: Tensor<Scalar>, outputGradient: Tensor<Scalar>,
  level: ConvolutionInstructionSet, edge: GuardedScalars<Scalar>.Edge
) throws -> (output: Tensor<Scalar>, gradients: Conv2dGradients<Scalar>) {
  let geometry = try Geometry(call.configuration, inputShape: input.shape)
  let plan = try LayerPlan(
    geometry, scalar: Scalar.self, algorithm: call.algorithm, precision: call.precision, level: level)
  let x = GuardedScalars(input.scalars, guarded: edge)
  let w = GuardedScalars(call.weight.scalars, guarded: edge)
  let b = call.bias.map { GuardedScalars($0.scalars, guarded: edge) }
  let dy = GuardedScalars(outputGradient.scalars, guarded: edge)
  func poisoned(_ shape: [Int]) -> GuardedScalars<Scalar> {
    GuardedScalars([Scalar](repeating: .nan, count: shape.reduce(1, *)), guarded: edge)
  }
  let y = poisoned(geometry.outputShape)
  let (dx, dw, db) = (poisoned(input.shape), poisoned(call.weight.shape), poisoned([call.configuration.outputChannels]))

  try plan.forward(
    unsafe ForwardOperands(
      input: x.start, weight: w.start, epilogue: Epilogue(bias: b.map { unsafe UnsafePointer($0.start) }),
      output: y.start, batch: geometry.batch, threads: 2,
      derivedWeights: DerivedWeights()), by: plan.prepared)
  func operands(_ result: GuardedScalars<Scalar>) -> BackwardOperands<Scalar> {
    unsafe BackwardOperands(
      outputGradient: dy.start, input: x.start, weight: w.start, result: result.start, batch: geometry.batch,
      threads: 2, derivedWeights: DerivedWeights())
  }
  try plan.inputGradient(operands(dx))
  try plan.weightGradient(operands(dw))
  plan.biasGradient(operands(db))

  #expect(sameBits(try x.tensor(input.shape), input))
  #expect(sameBits(try dy.tensor(outputGradient.shape), outputGradient))
  #expect(sameBits(try w.tensor(call.weight.shape), call.weight))
  if let b, let bias = call.bias { #expect(sameBits(try b.tensor(bias.shape), bias)) }
  let gradients = try Conv2dGradients(
    input: dx.tensor(input.shape), weight: dw.tensor(call.weight.shape),
    bias: call.bias == nil ? nil : db.tensor([call.configuration.outputChannels]))
  return (try y.tensor(geometry.outputShape), gradients)
}
