import Convolution
import ConvolutionLayers
import ReferenceConvolution
import Synchronization
import Testing

/// Prepared networks beside the networks they were made of.
struct PreparedTests {
  private func sameNumbers<Scalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Bool {
    a.shape == b.shape
      && zip(a.scalars, b.scalars).allSatisfy { $0 == $1 && $0.sign == $1.sign || $0.isNaN && $1.isNaN }
  }

  /// Into a tensor that held NaN, with the whole batch and with a smaller one; the second call takes the buffers of the first.
  private func expectSameBits<Scalar: ConvolutionScalar>(
    _ network: any Module<Scalar>, at shape: [Int], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var plain = network
    plain.setTraining(false)
    let prepared = try network.prepared(for: shape, folding: false)
    let batches = shape.count == 4 ? Array(Set([shape[0], 1])) : [shape[0]]
    for batch in batches {
      for seed in [3, 4] as [UInt64] {
        let input: Tensor<Scalar> = try random([batch] + shape.dropFirst(), seed: seed, as: Scalar.self)
        let expected = try plain.forward(input)
        var output = try Tensor<Scalar>(repeating: .nan, shape: prepared.outputShape(for: input.shape))
        try prepared.forward(input, into: &output)
        #expect(sameNumbers(output, expected), "\(prepared)", sourceLocation: sourceLocation)
        #expect(sameNumbers(try prepared(input), expected), sourceLocation: sourceLocation)
      }
    }
  }

  /// The bits of the network whose weights were rounded before; twice, for the second call takes the first one's buffers.
  private func expectBitsOfRounded(
    _ network: some Module<Float>, at shape: [Int], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for format in [WeightFormat.float16, .bfloat16] {
      var rounded = network
      rounded.setTraining(false)
      var state = rounded.stateDictionary
      // Those of more than one axis are convolutions'.
      for (name, value) in state where value.shape.count > 1 { state[name] = try value.rounded(to: format) }
      try rounded.load(state)
      let prepared = try network.prepared(for: shape, folding: false, weights: format)
      for batch in Set([shape[0], 1]) {
        let input: Tensor<Float> = try random([batch] + shape.dropFirst(), seed: 5, as: Float.self)
        let expected = try rounded.forward(input)
        for _ in 0..<2 {
          #expect(sameNumbers(try prepared(input), expected), "\(prepared)", sourceLocation: sourceLocation)
        }
      }
    }
  }

  @Test(arguments: [1, 2]) func weightsIn16Bits(threads: Int) throws {
    try withConvolutionThreads(atMost: threads) {
      for layer in try EveryLayer<Float>.all() where layer.shape.count == 4 {
        try expectBitsOfRounded(layer.module, at: layer.shape)
      }
      try expectBitsOfRounded(ResNet<Float>(classes: 10), at: [2, 3, 64, 48])
      try expectBitsOfRounded(ConvolutionLayersTests.unet(of: Float.self), at: [2, 2, 24, 28])
      try expectBitsOfRounded(
        Sequential<Float>([
          Conv2d<Float>(inputChannels: 16, outputChannels: 16, kernelSize: 3, stride: 2, padding: 1, groups: 16),
          Conv2d<Float>(inputChannels: 16, outputChannels: 24, kernelSize: 5, groups: 4), Hardswish<Float>(),
          ConvTranspose2d<Float>(inputChannels: 24, outputChannels: 16, kernelSize: 4, stride: 2, padding: 1),
          Conv2d<Float>(inputChannels: 16, outputChannels: 8, kernelSize: 3, algorithm: .im2col),
        ]), at: [3, 16, 29, 31])
    }
  }

  /// Rounded once, after folding; and how far from the network's own outputs that is: half a unit of the format for each product.
  @Test(arguments: [(WeightFormat.float16, 0x1p-11), (.bfloat16, 0x1p-8)] as [(WeightFormat, Float)])
  func weightsIn16BitsFolded(format: WeightFormat, unit: Float) throws {
    let convolution = try Conv2d<Float>(inputChannels: 20, outputChannels: 24, kernelSize: 3, padding: 1)
    var norm = try BatchNorm2d<Float>(channels: 24)
    norm.runningMean!.value = try random([24], seed: 13, as: Float.self)
    norm.weight!.value = try Tensor(shape: [24], scalars: (0..<24).map { Float($0) / 7 })
    let network = Sequential<Float>([convolution, norm])
    let prepared = try network.prepared(for: [1, 20, 14, 15], weights: format)
    let scales = (0..<24).map { Double(norm.weight!.value.scalars[$0]) / (1 + norm.eps).squareRoot() }
    let folded = convolution.weight.value.scalars.enumerated().map { Float(Double($1) * scales[$0 / 180]) }
    let bias = (0..<24).map {
      Float((Double(convolution.bias!.value.scalars[$0]) - Double(norm.runningMean!.value.scalars[$0])) * scales[$0])
    }
    let alone = try Conv2d<Float>(
      weight: Tensor(shape: [24, 20, 3, 3], scalars: folded), bias: Tensor(shape: [24], scalars: bias), padding: 1)
    let input: Tensor<Float> = try random([1, 20, 14, 15], seed: 6, as: Float.self)
    let output = try prepared(input)
    #expect(sameNumbers(output, try alone.rounded(to: format).prepared(for: input.shape)(input)))
    let magnitudes = try Conv2d<Float>(
      weight: Tensor(shape: [24, 20, 3, 3], scalars: folded.map { abs($0) }), padding: 1
    ).forward(Tensor(shape: input.shape, scalars: input.scalars.map { abs($0) }))
    let exact = try network.prepared(for: input.shape)(input)
    for ((actual, exact), magnitude) in zip(zip(output.scalars, exact.scalars), magnitudes.scalars) {
      #expect(abs(actual - exact) <= magnitude * unit * 1.01 + 1e-5)
    }
    #expect(output != exact)
    #expect(prepared.description.contains("weights \(format)"))
  }

  /// Half of the memory, in blocks that are used again and may be a quarter larger; by Winograd, which keeps no transformed filters
  /// then, an eighth.
  @Test func weightsIn16BitsTakeLess() throws {
    for (kernel, share) in [(1, 0.63), (5, 0.63), (3, 0.2)] {
      let layer = try Conv2d<Float>(inputChannels: 64, outputChannels: 128, kernelSize: kernel, padding: kernel / 2)
      let full = try layer.prepared(for: [1, 64, 28, 28]).cost.weightBytes
      for format in [WeightFormat.float16, .bfloat16] {
        let half = try layer.prepared(for: [1, 64, 28, 28], weights: format).cost.weightBytes
        #expect(Double(half) <= share * Double(full), "\(kernel)x\(kernel): \(half) of \(full)")
      }
    }
  }

  @Test func weightsBeyondTheRange() throws {
    func network(_ weight: Float) throws -> Sequential<Float> {
      var layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 4, kernelSize: 3)
      layer.weight.value[0, 0, 2, 1] = weight
      return try Sequential(named: ["body": Sequential<Float>([ReLU<Float>(), layer])])
    }
    let error = #expect(throws: ConvolutionError.self) {
      try network(-65_520).prepared(for: [1, 3, 8, 8], weights: .float16)
    }
    #expect("\(error!)" == "body.1.weight: expected weights in the range of float16, got magnitude 65520.0")
    #expect(throws: ConvolutionError.self) {
      try network(.greatestFiniteMagnitude).prepared(for: [1, 3, 8, 8], weights: .bfloat16)
    }
    // What rounds to the largest number, and what is not finite before.
    try expectBitsOfRounded(network(65_519), at: [1, 3, 8, 8])
    try expectBitsOfRounded(network(.infinity), at: [1, 3, 8, 8])
    try expectBitsOfRounded(network(.nan), at: [1, 3, 8, 8])
    let double = try Conv2d<Double>(inputChannels: 3, outputChannels: 4, kernelSize: 3)
    #expect(throws: ConvolutionError.self) { try double.prepared(for: [1, 3, 8, 8], weights: .float16) }
  }

  @Test func everyLayerAlone() throws {
    for layer in try EveryLayer<Float>.all() { try expectSameBits(layer.module, at: layer.shape) }
    for layer in try EveryLayer<Double>.all() { try expectSameBits(layer.module, at: layer.shape) }
  }

  @Test func residualNetwork() throws {
    try expectSameBits(ResNet<Float>(classes: 10), at: [2, 3, 64, 48])
    try expectSameBits(ResNet<Double>(classes: 4), at: [1, 3, 32, 32])
  }

  @Test func unet() throws {
    try expectSameBits(ConvolutionLayersTests.unet(of: Float.self), at: [2, 2, 24, 28])
    try expectSameBits(ConvolutionLayersTests.unet(of: Double.self), at: [1, 2, 12, 16])
  }

  /// A convolution followed by each activation of the epilogue, by a sum, and by both.
  @Test func epilogues() throws {
    let activations: [any Module<Float>] = try [
      ReLU<Float>(), ReLU6<Float>(), LeakyReLU<Float>(negativeSlope: 0.2), PReLU<Float>(),
      PReLU<Float>(parameterCount: 20, initialValue: -0.5), Hardswish<Float>(), Sigmoid<Float>(),
    ]
    for activation in activations {
      for (kernel, groups, stride) in [(3, 1, 1), (1, 1, 1), (3, 20, 1), (3, 20, 2), (5, 4, 1)] {
        let convolution = try Conv2d<Float>(
          inputChannels: 20, outputChannels: 20, kernelSize: kernel, stride: stride, padding: kernel / 2, groups: groups
        )
        let alone = Sequential<Float>([convolution, activation])
        let prepared = try alone.prepared(for: [2, 20, 14, 13])
        if !(activation is Sigmoid<Float>) {
          #expect(prepared.description.split(separator: "\n").count == 3, "\(prepared)")
        }
        try expectSameBits(alone, at: [2, 20, 14, 13])
        if stride == 1 {
          try expectSameBits(Sequential<Float>([Residual(convolution), activation]), at: [2, 20, 14, 13])
        }
      }
    }
  }

  @Test func transposed() throws {
    let network = try Sequential<Float>([
      ConvTranspose2d<Float>(inputChannels: 8, outputChannels: 6, kernelSize: 2, stride: 2), ReLU<Float>(),
      ConvTranspose2d<Float>(
        inputChannels: 6, outputChannels: 4, kernelSize: 3, stride: 2, padding: 1, outputPadding: 1),
      LeakyReLU<Float>(),
    ])
    try expectSameBits(network, at: [2, 8, 9, 7])
  }

  /// Every layer of three that reads all before it: concatenations of concatenations, each value written once.
  @Test func densePlaces() throws {
    let prepared = try DenseBlock().prepared(for: [2, 4, 10, 9])
    #expect(prepared.description.components(of: "concatenation, in place") == 1, "\(prepared)")
    try expectSameBits(DenseBlock(), at: [2, 4, 10, 9])
  }

  /// A folded layer against the layers one after the other, in the normalised measure of `NormalizedError`.
  @Test func folding() throws {
    for groups in [1, 4] {
      let convolution = try Conv2d<Float>(
        inputChannels: 16, outputChannels: 24, kernelSize: 3, padding: 1, groups: groups)
      var norm = try BatchNorm2d<Float>(channels: 24)
      norm.weight!.value = try random([24], seed: 11, as: Float.self)
      norm.bias!.value = try random([24], seed: 12, as: Float.self)
      norm.runningMean!.value = try random([24], seed: 13, as: Float.self)
      norm.runningVariance!.value = try Tensor(
        shape: [24], scalars: random([24], seed: 14, as: Float.self).scalars.map { abs($0) + 0.1 })
      var network = Sequential<Float>([convolution, norm])
      let input: Tensor<Float> = try random([2, 16, 12, 11], seed: 15, as: Float.self)
      let prepared = try network.prepared(for: input.shape)
      #expect(prepared.description.contains("BatchNorm2d folded"))
      network.setTraining(false)
      let (plain, folded) = (try network.forward(input).scalars, try prepared(input).scalars)
      // The largest sum of absolute products of an output, bias and statistics among them.
      let magnitudes = try Conv2d<Float>(
        weight: Tensor(
          shape: convolution.weight.value.shape, scalars: convolution.weight.value.scalars.map { abs($0) }),
        bias: Tensor(shape: [24], scalars: convolution.bias!.value.scalars.map { abs($0) }), padding: 1, groups: groups
      ).forward(Tensor(shape: input.shape, scalars: input.scalars.map { abs($0) })).scalars
      var most = 0.0
      for (index, magnitude) in magnitudes.enumerated() {
        let channel = index / 132 % 24
        let scale =
          Double(abs(norm.weight!.value.scalars[channel]))
          / (Double(norm.runningVariance!.value.scalars[channel]) + norm.eps).squareRoot()
        let mean = Double(abs(norm.runningMean!.value.scalars[channel]))
        most = max(
          most, (Double(magnitude) + mean) * scale + Double(abs(norm.bias!.value.scalars[channel])))
      }
      let error = zip(plain, folded).map { abs(Double($0) - Double($1)) }.max()!
      #expect(error / (most * 0x1p-24) < 16)
      #expect(error > 0)
    }
  }

  @Test func refusals() throws {
    let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 4, kernelSize: 3)
    let prepared = try layer.prepared(for: [2, 3, 8, 8])
    #expect(prepared.inputShape == [2, 3, 8, 8])
    #expect(try prepared.outputShape(for: [1, 3, 8, 8]) == [1, 4, 6, 6])
    for shape in [[2, 3, 8, 9], [3, 3, 8, 8], [3, 8, 8], [2, 4, 8, 8]] {
      let error = #expect(throws: ConvolutionError.self) { try prepared(Tensor<Float>(zeros: shape)) }
      #expect("\(error!)".contains("[2, 3, 8, 8], which the network was prepared for"))
    }
    var output = try Tensor<Float>(repeating: 5, shape: [2, 4, 6, 7])
    #expect(throws: ConvolutionError.self) { try prepared.forward(Tensor(zeros: [2, 3, 8, 8]), into: &output) }
    #expect(output.scalars.allSatisfy { $0 == 5 })
    #expect(try prepared(Tensor(zeros: [0, 3, 8, 8])).shape == [0, 4, 6, 6])
    #expect(throws: ConvolutionError.self) { try layer.prepared(for: [0, 3, 8, 8]) }
    #expect(throws: ConvolutionError.self) { try layer.prepared(for: [1, 5, 8, 8]) }
    #expect(prepared.cost.operations == 2 * 2 * 4 * 36 * 27 && prepared.cost.weightBytes > 0)
  }

  /// A weight or a bias that was replaced by one of another shape is refused as a call of the layer refuses it.
  @Test func replacedParameters() throws {
    for shape in [[4, 3, 3, 1], [4, 2, 3, 3], [3, 3, 3, 3]] {
      var layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 4, kernelSize: 3)
      layer.weight.value = try Tensor(zeros: shape)
      for format in WeightFormat.allCases {
        #expect(throws: ConvolutionError.shapeMismatch(name: "weight", expected: "[4, 3, 3, 3]", actual: shape)) {
          try layer.prepared(for: [1, 3, 8, 8], weights: format)
        }
      }
    }
    var layer = try ConvTranspose2d<Float>(inputChannels: 3, outputChannels: 4, kernelSize: 3)
    layer.bias!.value = try Tensor(zeros: [3])
    #expect(throws: ConvolutionError.shapeMismatch(name: "bias", expected: "[4]", actual: [3])) {
      try layer.prepared(for: [1, 3, 8, 8])
    }
  }

  /// No step begins in a cancelled task, and the caller's output is as it was; what is put together in it in place is whole.
  @Test func cancellation() async throws {
    let cancelling = Cancelling()
    let layer = try Conv2d<Float>(inputChannels: 4, outputChannels: 4, kernelSize: 3, padding: 1)
    let shape = [2, 4, 6, 5]
    let chain = try Sequential<Float>([cancelling, layer]).prepared(for: shape)
    let joined = try Residual<Float>(Sequential<Float>([layer, cancelling]), combining: .concatenation)
      .prepared(for: shape)
    let input: Tensor<Float> = try random(shape, seed: 3, as: Float.self)
    for prepared in [chain, joined] {
      let expected = try prepared(input)
      cancelling.isOn.store(true, ordering: .relaxed)
      let output = try await Task {
        var output = try Tensor<Float>(repeating: 5, shape: expected.shape)
        do { try prepared.forward(input, into: &output) } catch is CancellationError {}
        return output
      }.value
      cancelling.isOn.store(false, ordering: .relaxed)
      #expect(output.scalars.allSatisfy { $0 == 5 })
      #expect(try prepared(input) == expected)
    }
  }

  /// Calls at a time have buffers of their own.
  @Test func concurrently() async throws {
    let prepared = try ConvolutionLayersTests.unet(of: Float.self).prepared(for: [1, 2, 24, 28])
    let input: Tensor<Float> = try random([1, 2, 24, 28], seed: 21, as: Float.self)
    let expected = try prepared(input)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { try (0..<5).allSatisfy { _ in try prepared(input) == expected } } }
      for try await isSame in group { #expect(isSame) }
    }
  }
}

/// Cancels the task that calls it, where it is on.
private final class Cancelling: Module {
  typealias Scalar = Float
  let isOn = Atomic(false)

  func forward(_ input: Tensor<Float>) throws -> Tensor<Float> {
    if isOn.load(ordering: .relaxed) { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
    return input
  }
}

/// Each convolution reads the input and what those before it made.
private struct DenseBlock: CompositeModule {
  var children: Sequential<Float>

  init() throws {
    children = try Sequential(named: [
      "conv1": Conv2d<Float>(inputChannels: 4, outputChannels: 6, kernelSize: 3, padding: 1),
      "conv2": Conv2d<Float>(inputChannels: 10, outputChannels: 6, kernelSize: 3, padding: 1),
      "conv3": Conv2d<Float>(inputChannels: 16, outputChannels: 4, kernelSize: 3, padding: 1),
      "lrelu": LeakyReLU<Float>(negativeSlope: 0.2),
    ])
  }

  func forward(_ x: Activation<Float>) throws -> Activation<Float> {
    let first = try x.through("conv1", "lrelu")
    let second = try x.concatenated(with: first).through("conv2", "lrelu")
    let third = try x.concatenated(with: first).concatenated(with: second).through("conv3")
    return try third + x
  }
}

extension String {
  fileprivate func components(of part: String) -> Int {
    split(separator: part, omittingEmptySubsequences: false).count - 1
  }
}
