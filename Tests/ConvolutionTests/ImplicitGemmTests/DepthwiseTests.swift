import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// The depthwise kernels and their gradients at every level that this processor has, beside protected pages, against the
/// plain loops in Double: small kernels, which have versions of their own, and the others.
struct DepthwiseTests {
  /// Every remainder from one lane to two of the widest vectors, heights around a block of rows, paddings from none to
  /// more than the kernel.
  @Test(arguments: [3, 5, 7], [1, 2])
  func smallKernels(kernel: Int, stride: Int) throws {
    for width in 1...33 {
      let padding = width % (kernel + 2)
      let sizes = Sizes(
        kernel: kernel, stride: stride, padding: max(padding, (kernel - min(width, 2)) / 2), groups: 2,
        outputChannels: 1 + width % 2, height: 2 + width * 5 % 17, width: width)
      try expectAgreement(sizes, of: Float.self)
      try expectAgreement(sizes, of: Double.self)
    }
  }

  /// Wide and high enough for several strips at a time and several sums in double.
  @Test(arguments: [3, 5, 7], [1, 2])
  func largeMaps(kernel: Int, stride: Int) throws {
    for (height, width) in [(3, 401), (150, 6), (61, 83)] {
      let sizes = Sizes(
        kernel: kernel, stride: stride, padding: kernel / 2, groups: 2, height: height, width: width)
      try expectAgreement(sizes, of: Float.self)
      try expectAgreement(sizes, of: Double.self)
    }
  }

  /// Dilation, strides, kernels and padding modes that the versions for small kernels do not serve.
  @Test(arguments: PaddingMode.allCases, [1, 2, 3])
  func otherKernels(mode: PaddingMode, stride: Int) throws {
    for (kernel, dilation) in [(3, 2), (4, 1), (3, 1)] {
      for width in 5...20 {
        let sizes = Sizes(
          kernel: kernel, stride: stride, dilation: dilation, padding: 2, groups: 2, outputChannels: 1 + width % 2,
          height: 5 + width % 4, width: width)
        try expectAgreement(sizes, mode: mode, of: Float.self)
        try expectAgreement(sizes, mode: mode, of: Double.self)
      }
    }
  }

  /// What is not finite reaches the sums that it takes part in, and no others; a zero of the padding takes part.
  @Test(arguments: [1, 2], [Float.infinity, .nan])
  func valuesThatAreNotFinite(stride: Int, value: Float) throws {
    for index in [0, 6, 7, 30, 66, 76] {
      var sample = try ImplicitGemmSample<Float>(.init(stride: stride, groups: 2, height: 7, width: 11))
      sample.input.withUnsafeMutableBufferPointer { unsafe $0[index] = value }
      try expectAgreement(sample, "input \(index)")
      sample = try ImplicitGemmSample<Float>(.init(stride: stride, groups: 2, height: 7, width: 11))
      var outputGradient = try sample.outputGradient()
      outputGradient.withUnsafeMutableBufferPointer { unsafe $0[index % 20] = value }
      try expectAgreement(sample, "output gradient \(index % 20)", outputGradient: outputGradient)
    }
  }

  /// Equal products all round the same way, which shows a running sum that is too long.
  @Test func longSumsOfEqualProducts() throws {
    var sample = try ImplicitGemmSample<Float>(.init(height: 300, width: 200))
    sample.input = try Tensor(repeating: 0.1, shape: sample.input.shape)
    let outputGradient = try Tensor<Float>(repeating: 0.3, shape: sample.outputGradient().shape)
    let (expected, magnitude) = try sample.gradients(outputGradient)
    for level in supportedLevels {
      let (_, weight) = try sample.gradients(outputGradient, level)
      let error = NormalizedError(of: weight, reference: expected.weight!, magnitude: magnitude.weight!).value
      #expect(error <= 32, "level \(level.rawValue)")
    }
  }

  typealias Sizes = ImplicitGemmSample<Float>.Sizes

  private func expectAgreement<Scalar: ConvolutionScalar>(
    _ sizes: Sizes, mode: PaddingMode = .zeros, of type: Scalar.Type
  ) throws {
    let sizes = ImplicitGemmSample<Scalar>.Sizes(
      kernel: sizes.kernel, stride: sizes.stride, dilation: sizes.dilation, padding: sizes.padding,
      groups: sizes.groups, outputChannels: sizes.outputChannels, height: sizes.height, width: sizes.width)
    try expectAgreement(ImplicitGemmSample<Scalar>(sizes, mode: mode), "\(sizes), \(mode)")
  }

  private func expectAgreement<Scalar: ConvolutionScalar>(
    _ sample: ImplicitGemmSample<Scalar>, _ comment: String, outputGradient: Tensor<Scalar>? = nil
  ) throws {
    let outputGradient = try outputGradient ?? sample.outputGradient()
    let (output, outputMagnitude) = (try sample.expected(), try sample.magnitude())
    let (gradients, magnitudes) = try sample.gradients(outputGradient)
    let pixels = outputGradient.scalars.count / sample.layer.outputChannels
    for level in supportedLevels {
      let (actual, guardsAreIntact) = try sample.output(nil, level)
      #expect(guardsAreIntact, "\(comment), level \(level.rawValue)")
      let (dx, dw) = try sample.gradients(outputGradient, level)
      for (actual, expected, magnitude, terms) in [
        (actual, output, outputMagnitude, sample.terms), (dx, gradients.input!, magnitudes.input!, sample.terms),
        (dw, gradients.weight!, magnitudes.weight!, pixels),
      ] {
        let error = NormalizedError(of: actual, reference: expected, magnitude: magnitude).value
        #expect(error <= NormalizedError.bound(terms: terms), "\(comment), level \(level.rawValue)")
      }
      guard dx.scalars.allSatisfy(\.isFinite), dw.scalars.allSatisfy(\.isFinite) else { continue }
      let threaded = try sample.gradients(outputGradient, level, threads: 3)
      #expect(threaded.input == dx && threaded.weight == dw, "\(comment), level \(level.rawValue)")
    }
  }
}

extension ImplicitGemmSample {
  fileprivate func outputGradient() throws -> Tensor<Scalar> {
    try .random(layer.outputShape(for: input.shape), seed: 9)
  }

  /// Of the reference, and the sums of absolute products.
  fileprivate func gradients(
    _ outputGradient: Tensor<Scalar>
  ) throws -> (expected: Conv2dGradients<Double>, magnitude: Conv2dGradients<Double>) {
    let reference = NaiveConvolution(
      stride: layer.stride, padding: layer.padding, dilation: layer.dilation, groups: layer.groups,
      paddingMode: layer.paddingMode)
    let weight = layer.weight.value
    return (
      try reference.gradients(of: outputGradient.inDouble(), at: input.inDouble(), weight: weight.inDouble()),
      try reference.gradients(of: outputGradient.magnitudes(), at: input.magnitudes(), weight: weight.magnitudes())
    )
  }

  /// By the depthwise kernels, into memory that held NaN, with a protected page behind every operand, or before
  /// it where there are several threads.
  fileprivate func gradients(
    _ outputGradient: Tensor<Scalar>, _ level: ConvolutionInstructionSet, threads: Int = 1
  ) throws -> (input: Tensor<Scalar>, weight: Tensor<Scalar>) {
    let geometry = try Geometry(layer.configuration, inputShape: input.shape)
    let edge: GuardedScalars<Scalar>.Edge = threads == 1 ? .behind : .before
    let x = GuardedScalars(input.scalars, guarded: edge)
    let w = GuardedScalars(layer.weight.value.scalars, guarded: edge)
    let dy = GuardedScalars(outputGradient.scalars, guarded: edge)
    let dx = GuardedScalars([Scalar](repeating: .nan, count: x.count), guarded: edge)
    let dw = GuardedScalars([Scalar](repeating: .nan, count: w.count), guarded: edge)
    let plan = try Plan(
      geometry.image, scalar: Scalar.self, algorithm: .direct, precision: .standard, level: level)
    func operands(_ result: GuardedScalars<Scalar>) -> BackwardOperands<Scalar> {
      unsafe BackwardOperands(
        outputGradient: dy.start, input: x.start, weight: w.start, result: result.start,
        batch: geometry.batch,
        threads: threads, derivedWeights: DerivedWeights())
    }
    try plan.inputGradient(operands(dx), by: plan.inputGradient)
    try plan.weightGradient(operands(dw))
    return (
      try dx.tensor(input.shape),
      try dw.tensor(layer.weight.value.shape)
    )
  }
}
