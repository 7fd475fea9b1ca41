import CConvolutionKernels
import ReferenceConvolution
import Testing

@testable import Convolution

/// An output and all gradients of a layer, by the kernels of one level, with every operand and every result beside a
/// protected page. Results hold NaN before; inputs must keep every bit.
func guardedCall<Scalar: ConvolutionScalar>(
  _ layer: Conv2d<Scalar>, at input: Tensor<Scalar>, outputGradient: Tensor<Scalar>,
  level: ConvolutionInstructionSet, edge: GuardedScalars<Scalar>.Edge
) throws -> (output: Tensor<Scalar>, gradients: Conv2dGradients<Scalar>) {
  let geometry = try Geometry(layer.configuration, inputShape: input.shape)
  let plan = try Plan(
    geometry.image, scalar: Scalar.self, algorithm: layer.algorithm, precision: layer.precision)
  let x = GuardedScalars(input.scalars, guarded: edge)
  let w = GuardedScalars(layer.weight.value.scalars, guarded: edge)
  let b = layer.bias.map { GuardedScalars($0.value.scalars, guarded: edge) }
  let dy = GuardedScalars(outputGradient.scalars, guarded: edge)
  func poisoned(_ shape: [Int]) -> GuardedScalars<Scalar> {
    GuardedScalars([Scalar](repeating: .nan, count: shape.reduce(1, *)), guarded: edge)
  }
  let y = poisoned(geometry.outputShape)
  let (dx, dw, db) = (poisoned(input.shape), poisoned(layer.weight.value.shape), poisoned([layer.outputChannels]))

  try plan.forward(
    unsafe ForwardOperands(
      input: x.start, weight: w.start, bias: b?.start, output: y.start, batch: geometry.batch, threads: 2,
      keptFilters: KeptFilters()), at: level)
  func operands(_ result: GuardedScalars<Scalar>) -> BackwardOperands<Scalar> {
    unsafe BackwardOperands(
      outputGradient: dy.start, input: x.start, weight: w.start, result: result.start, batch: geometry.batch,
      threads: 2, keptFilters: KeptFilters())
  }
  try plan.inputGradient(operands(dx), at: level)
  try plan.weightGradient(operands(dw), at: level)
  plan.biasGradient(operands(db))

  #expect(sameBits(try x.tensor(input.shape), input))
  #expect(sameBits(try dy.tensor(outputGradient.shape), outputGradient))
  #expect(sameBits(try w.tensor(layer.weight.value.shape), layer.weight.value))
  if let b, let bias = layer.bias?.value { #expect(sameBits(try b.tensor(bias.shape), bias)) }
  let gradients = try Conv2dGradients(
    input: dx.tensor(input.shape), weight: dw.tensor(layer.weight.value.shape),
    bias: layer.bias == nil ? nil : db.tensor([layer.outputChannels]))
  return (try y.tensor(geometry.outputShape), gradients)
}

/// The levels that this processor has.
let supportedLevels = [
  ConvolutionInstructionSetPortable, ConvolutionInstructionSetAVX2, ConvolutionInstructionSetAVX512,
].filter { $0.rawValue <= Processor.supportedInstructionSet.rawValue }

extension Plan {
  /// As `forward(_:)`, which takes the processor's best level.
  fileprivate func forward<Scalar: ConvolutionScalar>(
    _ operands: ForwardOperands<Scalar>, at level: ConvolutionInstructionSet
  ) throws {
    switch room {
    case .im2col: try forward(operands)
    case .winograd(let tile):
      if try !WinogradRoom.forward(image, operands, tile: tile, instructionSet: level) {
        Issue.record("finite weights are computed by Winograd")
      }
    case .depthwise: try DepthwiseForward(image, operands, instructionSet: level).run()
    case .direct: try DirectForward(image: image, operands: operands, instructionSet: level).run()
    case .dense: try DenseForward(image: image, operands: operands, instructionSet: level).run()
    case .product: try ProductForward(image: image, operands: operands, instructionSet: level).run()
    }
  }

  /// As `inputGradient(_:)`.
  fileprivate func inputGradient<Scalar: ConvolutionScalar>(
    _ operands: BackwardOperands<Scalar>, at level: ConvolutionInstructionSet
  ) throws {
    switch room {
    case .depthwise where DepthwiseGradients<Scalar>.serves(image):
      try DepthwiseGradients(image: image, operands: operands, instructionSet: level).inputGradient()
    case .winograd(let tile):
      if try !WinogradRoom.inputGradient(image, operands, tile: tile, instructionSet: level) {
        try inputGradient(operands)
      }
    default: try inputGradient(operands)
    }
  }

  /// As `weightGradient(_:)`.
  fileprivate func weightGradient<Scalar: ConvolutionScalar>(
    _ operands: BackwardOperands<Scalar>, at level: ConvolutionInstructionSet
  ) throws {
    switch room {
    case .depthwise where DepthwiseGradients<Scalar>.serves(image):
      #expect(try DepthwiseGradients(image: image, operands: operands, instructionSet: level).weightGradient())
    case .winograd(let tile):
      // Small maps have too few products for it, which shows once they are summed.
      if try !WinogradRoom.weightGradient(image, operands, tile: tile, instructionSet: level) {
        try weightGradient(operands)
      }
    default: try weightGradient(operands)
    }
  }
}
