import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// The layer as its users meet it: arguments, entry points, training, errors.
struct TransposedLayerTests {
  private func layer(_ change: (inout TransposedCase) -> Void = { _ in }) throws -> ConvTranspose2d<Float> {
    var generator = SplitMix64(seed: 3)
    return try TransposedCase(change).layer(using: &generator)
  }

  @Test func argumentsCanBeRead() throws {
    let (side, step) = (3, 2)
    let layer = try ConvTranspose2d<Float>(
      inputChannels: 4, outputChannels: 6, kernelSize: side, stride: Size2d(step, 3), padding: 1,
      outputPadding: step / 2,
      groups: 2, dilation: Size2d(2, 1))
    #expect((layer.inputChannels, layer.outputChannels, layer.groups) == (4, 6, 2))
    #expect((layer.kernelSize, layer.stride, layer.padding) == (Size2d(3, 3), Size2d(2, 3), Size2d(1, 1)))
    #expect((layer.outputPadding, layer.dilation) == (Size2d(1, 1), Size2d(2, 1)))
    #expect((layer.device, layer.algorithm, layer.precision) == (.cpu, .automatic, .standard))
    #expect(layer.weight.value.shape == [4, 3, 3, 3] && layer.bias?.value.shape == [6])
    #expect(layer.weight.requiresGradient && layer.weight.gradient == nil)
    let forced = try ConvTranspose2d(
      weight: Tensor<Float>(zeros: [4, 3, 3, 3]), groups: 2, algorithm: .im2col, precision: .strict)
    #expect((forced.inputChannels, forced.outputChannels, forced.bias == nil) == (4, 6, true))
    #expect((forced.algorithm, forced.precision) == (.im2col, .strict))
  }

  /// PyTorch takes the fan-in from the weight's second axis: O / groups · kH · kW.
  @Test(arguments: [(4, 8, Size2d(3), 1), (8, 8, Size2d(5, 2), 4), (64, 32, 1, 1), (6, 12, 3, 6)])
  func initialisation(inputs: Int, outputs: Int, kernel: Size2d, groups: Int) throws {
    let bound = 1 / Double(outputs / groups * kernel.height * kernel.width).squareRoot()
    var generator = SplitMix64(seed: 9)
    var drawn: [Double] = []
    for _ in 0..<20 {
      let layer = try ConvTranspose2d<Double>(
        inputChannels: inputs, outputChannels: outputs, kernelSize: kernel, groups: groups, using: &generator)
      drawn += layer.weight.value.scalars
      #expect(try #require(layer.bias).value.scalars.allSatisfy { abs($0) <= bound })
    }
    #expect(drawn.max()! > 0.97 * bound && drawn.max()! <= bound)
    #expect(drawn.min()! < -0.97 * bound && drawn.min()! >= -bound)
    var (first, second) = (SplitMix64(seed: 4), SplitMix64(seed: 4))
    #expect(
      try ConvTranspose2d<Float>(inputChannels: 2, outputChannels: 3, kernelSize: 2, using: &first)
        == ConvTranspose2d<Float>(inputChannels: 2, outputChannels: 3, kernelSize: 2, using: &second))
    #expect(
      try ConvTranspose2d<Float>(inputChannels: 2, outputChannels: 3, kernelSize: 2).weight
        != ConvTranspose2d<Float>(inputChannels: 2, outputChannels: 3, kernelSize: 2).weight)
  }

  @Test(arguments: TransposedCase.representatives)
  func everyEntryPoint(configuration: TransposedCase) throws {
    var generator = SplitMix64(seed: 6)
    let layer: ConvTranspose2d<Float> = try configuration.layer(using: &generator)
    let input: Tensor<Float> = try RandomScalars.uniform.tensor(configuration.inputShape, using: &generator)
    let output = try layer.forward(input)
    #expect(output.shape == (try layer.outputShape(for: input.shape)))
    #expect(sameBits(try layer(input), output))
    #expect(sameBits(try poisonedForward(layer, input), output))
    #expect(sameBits(try (layer as any Module<Float>).forward(input), output))
    let function = try convTranspose2d(
      input, weight: layer.weight.value, bias: layer.bias?.value, stride: layer.stride, padding: layer.padding,
      outputPadding: layer.outputPadding, groups: layer.groups, dilation: layer.dilation)
    #expect(sameBits(function, output))
    // An output that is shared is left as it was for its other owner.
    var shared = try Tensor<Float>(repeating: 7, shape: output.shape)
    let owner = shared
    try layer.forward(input, into: &shared)
    #expect(sameBits(shared, output) && owner.scalars.allSatisfy { $0 == 7 })
    let outputGradient: Tensor<Float> = try RandomScalars.uniform.tensor(output.shape, using: &generator)
    let gradients = try layer.gradients(of: outputGradient, at: input)
    #expect(sameBits(try layer.inputGradient(of: outputGradient, at: input), try #require(gradients.input)))
    #expect(sameBits(try layer.weightGradient(of: outputGradient, at: input), try #require(gradients.weight)))
    let bias = try layer.gradients(of: outputGradient, at: input, for: .bias)
    #expect(bias.input == nil && bias.weight == nil && bias.bias == gradients.bias)
  }

  @Test func emptyBatch() throws {
    let layer = try layer { ($0.stride, $0.outputPadding) = (2, 1) }
    let output = try layer(Tensor(zeros: [0, 4, 5, 7]))
    #expect(output.shape == [0, 4, 12, 16])
    let gradients = try layer.gradients(of: output, at: Tensor(zeros: [0, 4, 5, 7]))
    #expect(gradients.input?.shape == [0, 4, 5, 7])
    #expect(gradients.weight == (try Tensor(zeros: [4, 4, 3, 3])))
    #expect(gradients.bias == (try Tensor(zeros: [4])))
    let cost = try layer.cost(for: [0, 4, 5, 7])
    #expect((cost.operations, cost.workspaceBytes, cost.outputBytes) == (0, 0, 0))
  }

  @Test func backwardAccumulates() throws {
    var layer = try layer { $0.stride = 2 }
    let input = try Tensor<Float>.random([2, 4, 3, 3], seed: 1, holding: .smallIntegers)
    let outputGradient = try Tensor<Float>.random([2, 4, 7, 7], seed: 2, holding: .smallIntegers)
    let gradients = try layer.gradients(of: outputGradient, at: input)
    #expect(try layer.backward(outputGradient, at: input) == gradients.input)
    #expect((layer.weight.gradient, layer.bias?.gradient) == (gradients.weight, gradients.bias))
    try layer.backward(outputGradient, at: input, for: [.weight, .bias])
    #expect(layer.weight.gradient?.scalars == gradients.weight?.scalars.map { 2 * $0 })
    #expect(layer.bias?.gradient?.scalars == gradients.bias?.scalars.map { 2 * $0 })
    layer.clearGradients()
    layer.weight.requiresGradient = false
    #expect(try layer.backward(outputGradient, at: input, for: [.weight, .bias]) == nil)
    #expect(layer.weight.gradient == nil && layer.bias?.gradient == gradients.bias)
    layer.weight.requiresGradient = true
    layer.weight.gradient = try Tensor(zeros: [1])
    let before = layer
    #expect(throws: ConvolutionError.self) { try layer.backward(outputGradient, at: input) }
    #expect(layer == before)
  }

  /// What is kept with a weight goes when the weight changes, and is shared by copies.
  @Test func changedWeights() throws {
    var layer = try layer { ($0.inputChannels, $0.outputChannels, $0.padding) = (16, 16, 1) }
    let input = try Tensor<Float>.random([16, 6, 6], seed: 1)
    _ = try layer(input)
    layer.weight.value[0, 0, 1, 1] += 1
    let fresh = try ConvTranspose2d(weight: layer.weight.value, bias: layer.bias?.value, padding: 1)
    #expect(sameBits(try layer(input), try fresh(input)))
    #expect(layer == fresh)
    var other = fresh
    other.algorithm = .im2col
    #expect(other != fresh)
    #expect(try ConvTranspose2d(weight: layer.weight.value, bias: layer.bias?.value) != fresh)
  }

  @Test func names() throws {
    let layer = try layer()
    #expect(Set(layer.stateDictionary.keys) == ["weight", "bias"])
    #expect(try self.layer { $0.hasBias = false }.stateDictionary.keys.sorted() == ["weight"])
    let network = try Sequential<Float>([layer, self.layer { $0.stride = 2 }])
    #expect(network.stateDictionary.keys.sorted() == ["0.bias", "0.weight", "1.bias", "1.weight"])
    #expect(try network(Tensor(zeros: [1, 4, 2, 2])).shape == [1, 4, 9, 9])
  }

  // MARK: Errors

  @Test(arguments: [0, -1, Int.min])
  func valuesThatMustBePositive(value: Int) throws {
    let pair = Size2d(1, value)
    let attempts: [(String, [Int], () throws -> ConvTranspose2d<Float>)] = [
      ("inputChannels", [value], { try ConvTranspose2d(inputChannels: value, outputChannels: 1, kernelSize: 1) }),
      ("outputChannels", [value], { try ConvTranspose2d(inputChannels: 1, outputChannels: value, kernelSize: 1) }),
      ("kernelSize", [1, value], { try ConvTranspose2d(inputChannels: 1, outputChannels: 1, kernelSize: pair) }),
      (
        "stride", [1, value],
        { try ConvTranspose2d(inputChannels: 1, outputChannels: 1, kernelSize: 1, stride: pair) }
      ),
      (
        "dilation", [1, value],
        { try ConvTranspose2d(inputChannels: 1, outputChannels: 1, kernelSize: 1, dilation: pair) }
      ),
      (
        "groups", [value],
        { try ConvTranspose2d(inputChannels: 1, outputChannels: 1, kernelSize: 1, groups: value) }
      ),
      ("groups", [value], { try ConvTranspose2d(weight: Tensor(zeros: [1, 1, 1, 1]), groups: value) }),
    ]
    for (name, actual, attempt) in attempts {
      #expect(throws: ConvolutionError.valueOutOfRange(name: name, expected: "1 or more", actual: actual)) {
        try attempt()
      }
    }
  }

  @Test(arguments: [Size2d(0, -1), Size2d(2, 0), Size2d(0, 3), Size2d(Int.max, 0), Size2d(Int.min, Int.min)])
  func outputPadding(value: Size2d) {
    #expect(
      throws: ConvolutionError.valueOutOfRange(
        name: "outputPadding", expected: "0 or more, and less than stride or dilation",
        actual: [value.height, value.width])
    ) {
      try ConvTranspose2d<Float>(
        inputChannels: 1, outputChannels: 1, kernelSize: 3, stride: Size2d(2, 1), outputPadding: value,
        dilation: Size2d(1, 3))
    }
  }

  @Test func otherArguments() throws {
    #expect(
      throws: ConvolutionError.valueOutOfRange(
        name: "padding", expected: "0 or more at every edge", actual: [0, 0, -1, -1])
    ) { try ConvTranspose2d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 1, padding: Size2d(0, -1)) }
    for (inputs, outputs, groups) in [(4, 6, 3), (6, 4, 3), (4, 4, 8)] {
      #expect(
        throws: ConvolutionError.groupsDoNotDivide(groups: groups, inputChannels: inputs, outputChannels: outputs)
      ) {
        try ConvTranspose2d<Float>(
          inputChannels: inputs, outputChannels: outputs, kernelSize: 1, groups: groups)
      }
    }
    #expect(throws: ConvolutionError.groupsDoNotDivide(groups: 2, inputChannels: 3, outputChannels: 2)) {
      try ConvTranspose2d(weight: Tensor<Float>(zeros: [3, 1, 1, 1]), groups: 2)
    }
    for shape in [[4, 4, 3], [0, 1, 1, 1], [1, 1, 1, 1, 1]] {
      #expect(
        throws: ConvolutionError.shapeMismatch(name: "weight", expected: "[I, O / groups, kH, kW]", actual: shape)
      ) { try ConvTranspose2d(weight: Tensor<Float>(zeros: shape)) }
    }
    #expect(throws: ConvolutionError.shapeMismatch(name: "bias", expected: "[6]", actual: [4])) {
      try ConvTranspose2d(weight: Tensor<Float>(zeros: [4, 3, 1, 1]), bias: Tensor(zeros: [4]), groups: 2)
    }
    #expect(throws: ConvolutionError.self) {
      try ConvTranspose2d<Float>(inputChannels: 1 << 32, outputChannels: 1 << 32, kernelSize: 3)
    }
  }

  @Test func inputs() throws {
    let layer = try layer()
    for shape in [[4, 5], [3, 5, 5], [1, 3, 5, 5], [4, 0, 5], [2, 4, 5, 0], [1, 1, 4, 5, 5]] {
      #expect(
        throws: ConvolutionError.shapeMismatch(
          name: "input", expected: "[N, 4, H, W] or [4, H, W] with H and W of 1 or more", actual: shape)
      ) { try layer(Tensor(zeros: shape)) }
    }
    let input = try Tensor<Float>(zeros: [4, 5, 5])
    #expect(throws: ConvolutionError.shapeMismatch(name: "outputGradient", expected: "[4, 7, 7]", actual: [4, 5, 5])) {
      try layer.gradients(of: input, at: input)
    }
    var output = try Tensor<Float>(repeating: 3, shape: [4, 7, 8])
    #expect(throws: ConvolutionError.shapeMismatch(name: "output", expected: "[4, 7, 7]", actual: [4, 7, 8])) {
      try layer.forward(input, into: &output)
    }
    #expect(output.scalars.allSatisfy { $0 == 3 })
    var replaced = layer
    replaced.weight.value = try Tensor(zeros: [4, 4, 2, 2])
    #expect(throws: ConvolutionError.shapeMismatch(name: "weight", expected: "[4, 4, 3, 3]", actual: [4, 4, 2, 2])) {
      try replaced(input)
    }
    replaced = layer
    replaced.bias = Parameter(try Tensor(zeros: [5]))
    #expect(throws: ConvolutionError.shapeMismatch(name: "bias", expected: "[4]", actual: [5])) {
      try replaced(input)
    }
  }

  @Test func paddingThatLeavesNothing() throws {
    let layer = try ConvTranspose2d<Float>(
      inputChannels: 1, outputChannels: 1, kernelSize: Size2d(1, 2), padding: Size2d(1, 2))
    for (shape, name, extent) in [([1, 2, 9], "height", 0), ([1, 1, 9], "height", -1), ([0, 1, 3, 2], "width", -1)] {
      #expect(
        throws: ConvolutionError.valueOutOfRange(name: "output \(name)", expected: "1 or more", actual: [extent])
      ) { try layer.outputShape(for: shape) }
    }
    #expect(try layer.outputShape(for: [1, 3, 4]) == [1, 1, 1])
  }

  /// Sizes up to the last that 64 bits can count; none traps, whichever argument is large.
  @Test func hugeSizes() throws {
    let huge = [Int.max, 1 << 62, 1 << 40, 3_037_000_500]
    for value in huge {
      // An input of 24 GB may be had.
      for which in 0..<5 where which != 3 || value >= 1 << 40 {
        func argument(_ index: Int) -> Int { which == index ? value : 1 }
        let layer = try ConvTranspose2d<Double>(
          inputChannels: 1, outputChannels: 1, kernelSize: Size2d(2, 2), stride: argument(0),
          padding: which == 1 ? value : 0, outputPadding: which == 4 ? value - 1 : 0,
          dilation: which == 2 ? value : argument(4))
        #expect(throws: ConvolutionError.self, "\(value), \(which)") {
          try layer(Tensor(zeros: which == 3 ? [1, 1, 1, value] : [1, 1, 2, 2]))
        }
      }
    }
    let layer = try ConvTranspose2d<Float>(inputChannels: 1, outputChannels: 1, kernelSize: 1, stride: 1 << 30)
    #expect(try layer.outputShape(for: [1, 2, 2]) == [1, 1 << 30 + 1, 1 << 30 + 1])
    #expect(throws: ConvolutionError.self) { try layer.outputShape(for: [1, 3, 3]) }
    #expect(throws: ConvolutionError.self) { try layer.outputShape(for: [0, 1, 3, 3]) }
  }

  @Test func forcedAlgorithms() throws {
    let input = try Tensor<Float>.random([1, 8, 6, 6], seed: 1)
    func layer(_ algorithm: ConvolutionAlgorithm, stride: Int = 1) throws -> ConvTranspose2d<Float> {
      try ConvTranspose2d(
        inputChannels: 8, outputChannels: 8, kernelSize: 3, stride: stride, padding: 1, algorithm: algorithm)
    }
    for algorithm in ConvolutionAlgorithm.allCases { _ = try layer(algorithm)(input) }
    for algorithm in [ConvolutionAlgorithm.winograd2x2, .winograd4x4] {
      #expect(
        throws: ConvolutionError.algorithmUnavailable(
          algorithm, reason: "it expects stride 1 of a transposed convolution")
      ) { try layer(algorithm, stride: 2)(input) }
    }
    let double = try ConvTranspose2d<Double>(
      inputChannels: 8, outputChannels: 8, kernelSize: 3, algorithm: .winograd2x2)
    #expect(throws: ConvolutionError.algorithmUnavailable(.winograd2x2, reason: "it expects Float")) {
      try double(Tensor(zeros: [8, 6, 6]))
    }
  }
}
