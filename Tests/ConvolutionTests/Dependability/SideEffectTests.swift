import Convolution
import Glibc
import ReferenceConvolution
import TestSupport
import Testing

/// What a call must leave as it was.
struct SideEffectTests {
  /// Inputs, weights, biases and output gradients keep every bit, NaN and all, and share no memory with results.
  @Test(arguments: ConvolutionCase.representatives)
  func inputsAreLeftAlone(configuration: ConvolutionCase) throws {
    let sample = try Sample<Float>(configuration, seed: 61)
    let (original, outputGradient) = (sample.layer, sample.outputGradient)
    var input = sample.input
    var scalars = input.mutableSpan
    scalars[1] = Float(nan: 5, signaling: false)
    func copy(_ tensor: Tensor<Float>) throws -> Tensor<Float> {
      try Tensor(shape: tensor.shape, scalars: tensor.scalars)
    }
    let (x, dy) = (try copy(input), try copy(outputGradient))
    let weight = try copy(original.weight.value)
    let bias = try original.bias.map { try copy($0.value) }
    for (layer, algorithm) in layersOfEveryAlgorithm(original) {
      guard var output = try unlessUnavailable({ try layer(input) }) else { continue }
      var gradients = try layer.gradients(of: outputGradient, at: input)
      output.withUnsafeMutableBufferPointer { unsafe $0.update(repeating: 0) }
      gradients.input?.withUnsafeMutableBufferPointer { unsafe $0.update(repeating: 0) }
      gradients.weight?.withUnsafeMutableBufferPointer { unsafe $0.update(repeating: 0) }
      #expect(sameBits(input, x) && sameBits(outputGradient, dy), "\(algorithm)")
      #expect(sameBits(layer.weight.value, weight), "\(algorithm)")
      if let bias, let layerBias = layer.bias { #expect(sameBits(layerBias.value, bias), "\(algorithm)") }
    }
  }

  /// A shared output tensor gets memory of its own; the copy that shares it keeps what it held.
  @Test func sharedOutput() throws {
    let layer = try Conv2d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 1)
    let input = try Tensor<Float>.random([1, 3, 3], seed: 1)
    let kept = try Tensor<Float>(repeating: 7, shape: [1, 3, 3])
    var output = kept
    try layer.forward(input, into: &output)
    #expect(kept.scalars == [Float](repeating: 7, count: 9))
    #expect(sameBits(output, try layer(input)))
  }

  /// A layer may write over its own input.
  @Test func outputIntoItsInput() throws {
    let layer = try Conv2d<Float>(inputChannels: 4, outputChannels: 4, kernelSize: 3, padding: 1)
    var image = try Tensor<Float>.random([4, 6, 6], seed: 2)
    let expected = try layer(image)
    let input = image
    try layer.forward(input, into: &image)
    #expect(sameBits(image, expected))
  }

  /// Rounding and the treatment of subnormal numbers are the caller's before, during and after a call.
  @Test(arguments: ConvolutionCase.representatives)
  func floatingPointModes(configuration: ConvolutionCase) throws {
    try expectModesAreKept(configuration, in: Float.self)
    try expectModesAreKept(configuration, in: Double.self)
  }

  private func expectModesAreKept<Scalar: ConvolutionScalar>(
    _ configuration: ConvolutionCase, in type: Scalar.Type
  ) throws {
    let sample = try Sample<Scalar>(configuration, seed: 62)
    let (original, input, outputGradient) = (sample.layer, sample.input, sample.outputGradient)
    for (layer, algorithm) in layersOfEveryAlgorithm(original) {
      for mode in [FE_TONEAREST, FE_UPWARD] as [Int32] {
        fesetround(mode)
        defer { fesetround(FE_TONEAREST) }
        guard try unlessUnavailable({ try layer(input) }) != nil else { continue }
        _ = try layer.gradients(of: outputGradient, at: input)
        #expect(fegetround() == mode, "\(algorithm)")
        // The smallest normal number, brought in at run time, and its half: zero where subnormals are flushed.
        let smallest = [Float.leastNormalMagnitude, 2].reversed().reversed().map { $0 }
        #expect(smallest[0] / smallest[1] > 0, "\(algorithm)")
      }
    }
  }

  #if arch(x86_64)
    /// The whole control word: rounding, subnormal operands and results, and which exceptions trap.
    @Test(arguments: ConvolutionCase.representatives)
    func controlWord(configuration: ConvolutionCase) throws {
      try expectControlWordIsKept(configuration, in: Float.self)
      try expectControlWordIsKept(configuration, in: Double.self)
    }

    private func expectControlWordIsKept<Scalar: ConvolutionScalar>(
      _ configuration: ConvolutionCase, in type: Scalar.Type
    ) throws {
      let sample = try Sample<Scalar>(configuration, seed: 63)
      let (original, input, outputGradient) = (sample.layer, sample.input, sample.outputGradient)
      func current() -> fenv_t {
        var environment = fenv_t()
        unsafe fegetenv(&environment)
        return environment
      }
      var callers = current()
      defer { unsafe fesetenv(&callers) }
      for (layer, algorithm) in layersOfEveryAlgorithm(original) {
        // As it is; subnormal operands and results taken for zero, rounding down.
        for changed: UInt32 in [0, 0x8040 | 0x2000] {
          var environment = callers
          environment.__mxcsr |= changed
          unsafe fesetenv(&environment)
          guard try unlessUnavailable({ try layer(input) }) != nil else { continue }
          _ = try layer.gradients(of: outputGradient, at: input)
          // The lowest six bits tell which exceptions there have been.
          #expect(current().__mxcsr & ~63 == environment.__mxcsr & ~63, "\(algorithm)")
          #expect(current().__control_word == environment.__control_word, "\(algorithm)")
        }
      }
    }
  #endif
}
