import CConvolutionKernels
import ReferenceConvolution
import TestSupport

@testable import Convolution

/// A layer and a batch of images for it, computed without im2col, from the plan's source of pixels or another.
struct ImplicitGemmSample<Scalar: ConvolutionScalar> {
  /// Of a layer and its input; the channels are of one group.
  struct Sizes: Sendable {
    var batch = 2
    var kernel = 3
    var stride = 1
    var dilation = 1
    var padding = 1
    var groups = 1
    var inputChannels = 1
    var outputChannels = 1
    var height: Int
    var width: Int
  }

  var layer: Conv2d<Scalar>
  var input: Tensor<Scalar>

  init(_ sizes: Sizes, mode: PaddingMode = .zeros, holding scalars: RandomScalars = .uniform) throws {
    let seed = UInt64(sizes.height * 1000 + sizes.width)
    let most = mode == .reflect ? min(sizes.height, sizes.width) - 1 : min(sizes.height, sizes.width)
    let low = mode == .zeros || mode == .replicate ? sizes.padding : min(sizes.padding, most)
    let more = sizes.padding == 0 ? 0 : sizes.padding + 1
    let high = mode == .zeros || mode == .replicate ? more : min(more, most)
    layer = try Conv2d(
      weight: .random(
        [sizes.groups * sizes.outputChannels, sizes.inputChannels, sizes.kernel, sizes.kernel], seed: seed,
        holding: scalars),
      bias: .random([sizes.groups * sizes.outputChannels], seed: seed + 1, holding: scalars),
      stride: Size2d(sizes.stride), padding: .explicit(top: low, bottom: high, left: high, right: low),
      dilation: Size2d(sizes.dilation), groups: sizes.groups, paddingMode: mode)
    input = try .random(
      [sizes.batch, sizes.groups * sizes.inputChannels, sizes.height, sizes.width], seed: seed + 2, holding: scalars)
  }

  /// From one source, or by what the plan takes, into an output that held NaN and is guarded at both ends by one image that is
  /// not to be written, from an input that ends, or begins, at a protected page.
  func output(
    _ source: ConvolutionSource?, _ level: ConvolutionInstructionSet, threads: Int = 1,
    guarded edge: GuardedScalars<Scalar>.Edge = .behind
  ) throws -> (output: Tensor<Scalar>, guardsAreIntact: Bool) {
    let geometry = try Geometry(layer.configuration, inputShape: input.shape)
    let size = geometry.image.outputSize
    var guarded = try Tensor<Scalar>(repeating: .nan, shape: [geometry.batch + 2, size])
    let input = GuardedScalars(input.scalars, guarded: edge)
    try guarded.withUnsafeMutableBufferPointer { output in
      try layer.weight.value.withUnsafeBufferPointer { weight in
        try layer.bias!.value.withUnsafeBufferPointer { bias in
          let operands = unsafe ForwardOperands(
            input: input.start, weight: weight.baseAddress!, epilogue: Epilogue(bias: bias.baseAddress),
            output: output.baseAddress! + size, batch: geometry.batch, threads: threads,
            derivedWeights: DerivedWeights())
          if let source {
            try ImplicitGemm(
              geometry.image, scalarSize: MemoryLayout<Scalar>.stride, level: level, precision: layer.precision,
              forcing: source
            ).run(operands)
          } else {
            let plan = try Plan(
              geometry.image, scalar: Scalar.self, algorithm: .direct, precision: layer.precision, level: level)
            try plan.forward(operands, by: plan.forward)
          }
        }
      }
    }
    let scalars = guarded.scalars
    let output = try Tensor(shape: geometry.outputShape, scalars: scalars[size..<scalars.count - size])
    return (output, (scalars[..<size] + scalars[(scalars.count - size)...]).allSatisfy { $0.isNaN })
  }

  private var reference: NaiveConvolution {
    NaiveConvolution(
      stride: layer.stride, padding: layer.padding, dilation: layer.dilation, groups: layer.groups,
      paddingMode: layer.paddingMode)
  }

  func expected() throws -> Tensor<Double> {
    try reference.forward(
      input.inDouble(), weight: layer.weight.value.inDouble(), bias: layer.bias!.value.inDouble())
  }

  /// The sums of absolute products.
  func magnitude() throws -> Tensor<Double> {
    try reference.forward(
      input.magnitudes(), weight: layer.weight.value.magnitudes(), bias: layer.bias!.value.magnitudes())
  }

  /// Terms of one output's sum.
  var terms: Int { layer.inputChannels / layer.groups * layer.kernelSize.height * layer.kernelSize.width + 1 }
}
