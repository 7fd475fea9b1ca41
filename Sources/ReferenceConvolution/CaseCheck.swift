public import Convolution

/// Everything that is promised of one convolution, checked through every algorithm that serves it: outputs and gradients
/// within their bounds or, on small integers, exact; the same bits on other numbers of threads, and alone as in a batch;
/// inputs left as they were.
public struct CaseCheck<Scalar: ConvolutionScalar> {
  /// What was found wrong.
  public private(set) var failures: [String] = []
  /// The largest error by algorithm that serves the layer: of outputs, in the measure of ``NormalizedError``.
  public private(set) var errors: [ConvolutionAlgorithm: Double] = [:]
  /// The largest error of a gradient by algorithm, as a part of its bound.
  public private(set) var gradientShares: [ConvolutionAlgorithm: Double] = [:]

  private let scalars: RandomScalars
  private let layer: Conv2d<Scalar>
  private let input, outputGradient: Tensor<Scalar>
  private let otherThreads: Int

  /// Checks a case with scalars that come from a generator.
  public init(_ configuration: ConvolutionCase, using generator: inout some RandomNumberGenerator) throws {
    scalars = Int.random(in: 1...3, using: &generator) == 1 ? .smallIntegers : .uniform
    otherThreads = [2, 3, 4, 8].randomElement(using: &generator)!
    layer = try configuration.layer(holding: scalars, using: &generator)
    input = try configuration.input(holding: scalars, using: &generator)
    outputGradient = try scalars.tensor(layer.outputShape(for: input.shape), using: &generator)
    let inputBefore = input.scalars
    let expected = try ExpectedOutput(of: layer, at: input)
    let expectedGradients = try ExpectedGradients(of: layer, at: input, outputGradient: outputGradient)
    for (layer, algorithm) in layersOfEveryAlgorithm(layer) {
      let name = "\(Scalar.self) \(scalars) \(algorithm) \(layer.precision)"
      guard let output = try unlessUnavailable({ try poisonedForward(layer, input) }) else { continue }
      check(output, expected, of: layer, algorithm, name)
      try checkGradients(expectedGradients, of: layer, algorithm, name)
      try checkImageAlone(output, of: layer, name)
    }
    if errors[.automatic] == nil || errors[.im2col] == nil { failures.append("automatic or im2col was not available") }
    if !sameBits(try Tensor(shape: input.shape, scalars: inputBefore), input) { failures.append("input was changed") }
  }

  private mutating func check(
    _ output: Tensor<Scalar>, _ expected: ExpectedOutput<Scalar>, of layer: Conv2d<Scalar>,
    _ algorithm: ConvolutionAlgorithm, _ name: String
  ) {
    let error = expected.error(of: output)
    errors[algorithm] = max(errors[algorithm] ?? 0, error)
    let bound = scalars == .smallIntegers && !mayUseLargeTiles(layer) ? 0 : expected.bound(of: layer)
    if !(error <= bound) { failures.append("\(name): output errs by \(error), bound \(bound)") }
  }

  private mutating func checkGradients(
    _ expected: ExpectedGradients<Scalar>, of layer: Conv2d<Scalar>, _ algorithm: ConvolutionAlgorithm, _ name: String
  ) throws {
    let gradients = try layer.gradients(of: outputGradient, at: input)
    let shares = expected.shares(of: gradients, by: layer)
    let limit: Double = scalars == .smallIntegers && !mayUseLargeTiles(layer) ? 0 : 1
    for (part, share) in shares {
      gradientShares[algorithm] = max(gradientShares[algorithm] ?? 0, share)
      if !(share <= limit) { failures.append("\(name): \(part) gradient at \(share) of its bound") }
    }
    if shares.count != (layer.bias == nil ? 2 : 3) { failures.append("\(name): \(shares.count) gradients") }
    var other = layer
    other.device = try .cpu(threads: otherThreads)
    if !sameBits(try other.gradients(of: outputGradient, at: input), gradients) {
      failures.append("\(name): other gradients on \(otherThreads) threads")
    }
  }

  /// The last image of the batch by itself, on another number of threads.
  private mutating func checkImageAlone(_ output: Tensor<Scalar>, of layer: Conv2d<Scalar>, _ name: String) throws {
    var other = layer
    other.device = try .cpu(threads: otherThreads)
    if !sameBits(try poisonedForward(other, input), output) {
      failures.append("\(name): another output on \(otherThreads) threads")
    }
    guard input.shape.count == 4, input.shape[0] > 0 else { return }
    func lastImage(_ tensor: Tensor<Scalar>) throws -> Tensor<Scalar> {
      let shape = Array(tensor.shape.dropFirst())
      return try Tensor(shape: shape, scalars: tensor.scalars.suffix(shape.reduce(1, *)))
    }
    if !sameBits(try layer(lastImage(input)), try lastImage(output)) {
      failures.append("\(name): another output for the last image alone")
    }
    let inputGradient = try layer.gradients(of: outputGradient, at: input, for: .input).input.map(lastImage)
    let alone = try layer.gradients(of: lastImage(outputGradient), at: lastImage(input), for: .input).input
    guard let inputGradient, let alone, sameBits(inputGradient, alone) else {
      failures.append("\(name): another input gradient for the last image alone")
      return
    }
  }
}
