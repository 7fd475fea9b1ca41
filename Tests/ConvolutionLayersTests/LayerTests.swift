import Convolution
import ConvolutionLayers
import ReferenceConvolution
import Testing

/// What is particular to single layers.
@Suite struct LayerTests {
  // MARK: Batch normalisation

  /// A mean a thousand times the deviation costs no digits of the deviation.
  @Test func normalisationOfDistantMeans() throws {
    let near = try random([2, 2, 9, 11])
    let distant = try Tensor<Float>(shape: near.shape, scalars: near.scalars.map { Float($0 + 1000) })
    let exact = try Tensor<Double>(shape: near.shape, scalars: distant.scalars.map { Double($0) })
    let output = try BatchNorm2d<Float>(channels: 2).forward(distant)
    let expected = try BatchNorm2d<Double>(channels: 2).forward(exact)
    for (actual, expected) in zip(output.scalars, expected.scalars) { #expect(abs(Double(actual) - expected) < 1e-6) }
  }

  @Test func normalisationKeepsNaN() throws {
    var scalars = try random([1, 2, 2, 3]).scalars
    scalars[1] = .nan
    let input = try Tensor(shape: [1, 2, 2, 3], scalars: scalars)
    var norm = try BatchNorm2d<Double>(channels: 2)
    let output = try norm.forward(input).scalars
    #expect(output[..<6].allSatisfy(\.isNaN) && output[6...].allSatisfy { !$0.isNaN })
    try norm.backward(input, at: input)
    #expect(norm.runningMean!.value.scalars[0].isNaN && norm.runningVariance!.value.scalars[0].isNaN)
    #expect(!norm.runningMean!.value.scalars[1].isNaN && !norm.runningVariance!.value.scalars[1].isNaN)
  }

  /// A forward pass moves nothing, however often; a backward pass in evaluation neither.
  @Test func runningStatisticsMoveInTraining() throws {
    let input = try random([2, 3, 4, 4])
    var norm = try BatchNorm2d<Double>(channels: 3, momentum: 0.5)
    let first = try norm.forward(input)
    #expect(try norm.forward(input) == first)
    #expect(norm.batchCount?.value.scalars == [0])
    try norm.backward(input, at: input, for: [])
    #expect(norm.batchCount?.value.scalars == [1])
    let state = norm.stateDictionary
    norm.isTraining = false
    try norm.backward(input, at: input)
    #expect(norm.stateDictionary == state)
    // A copy has statistics of its own.
    var copy = norm
    copy.isTraining = true
    try copy.backward(input, at: input)
    #expect(norm.stateDictionary == state && copy.batchCount?.value.scalars == [2])
  }

  @Test func optimizersLeaveStatisticsAlone() throws {
    let input = try random([2, 3, 4, 4])
    var norm = try BatchNorm2d<Double>(channels: 3)
    var optimizer = try SGD<Double>(learningRate: 0.1, momentum: 0.9, weightDecay: 0.1)
    try norm.backward(input, at: input)
    let (mean, weight) = (norm.runningMean!.value, norm.weight!.value)
    try optimizer.step(&norm)
    #expect(norm.runningMean!.value == mean && norm.weight!.value != weight)
  }

  // MARK: Dropout

  @Test func dropout() throws {
    let input = try Tensor<Double>(repeating: 3, shape: [100, 200])
    var dropout = try Dropout<Double>(p: 0.25, seed: 1)
    let output = try dropout.forward(input)
    #expect(try dropout.forward(input) == output)
    let kept = output.scalars.count { $0 != 0 }
    #expect(abs(Double(kept) / 20_000 - 0.75) < 0.01)
    #expect(output.scalars.allSatisfy { $0 == 0 || $0 == 3 / 0.75 })
    // Rows and columns are dropped as often as all.
    for row in 0..<100 { #expect(abs(output.scalars[200 * row..<200 * row + 200].count { $0 != 0 } - 150) < 35) }
    // Backward drops the same, in whatever order passes are made.
    let other = try Tensor<Double>(repeating: 2, shape: [100, 200])
    let otherOutput = try dropout.forward(other)
    let ones = try Tensor<Double>(repeating: 1, shape: [100, 200])
    let gradient = try #require(try dropout.backward(ones, at: input, for: .all))
    #expect(gradient.scalars == output.scalars.map { $0 / 3 })
    #expect(try dropout.backward(ones, at: other, for: .all)?.scalars == otherOutput.scalars.map { $0 / 2 })
    // Another input and another seed drop others.
    #expect(zip(output.scalars, otherOutput.scalars).contains { ($0 == 0) != ($1 == 0) })
    dropout.seed = 2
    #expect(try dropout.forward(input) != output)
    dropout.isTraining = false
    #expect(try dropout.forward(input) == input)
  }

  @Test func dropoutSeesEveryBitAndPlace() throws {
    let dropout = try Dropout<Float>(p: 0.5, seed: 9)
    let input: Tensor<Float> = try random([40, 40], as: Float.self)
    let output = try dropout.forward(input).scalars.map { $0 == 0 }
    for index in [0, 1, 799, 1599] {
      var scalars = input.scalars
      scalars[index] = scalars[index].nextUp
      #expect(try dropout.forward(Tensor(shape: input.shape, scalars: scalars)).scalars.map { $0 == 0 } != output)
      scalars = input.scalars
      scalars.swapAt(index, 500)
      #expect(try dropout.forward(Tensor(shape: input.shape, scalars: scalars)).scalars.map { $0 == 0 } != output)
    }
  }

  // MARK: Faces of the convolution

  /// Each row by itself gives the bits of all rows together.
  @Test func linearRowsAreIndependent() throws {
    let linear = try Linear<Float>(inputFeatures: 70, outputFeatures: 33)
    let input: Tensor<Float> = try random([9, 70], as: Float.self)
    let together = try linear.forward(input).scalars
    for row in 0..<9 {
      let alone = try linear.forward(Tensor(shape: [70], scalars: input.scalars[70 * row..<70 * row + 70]))
      #expect(alone.shape == [33] && alone.scalars[...] == together[33 * row..<33 * row + 33])
    }
  }

  @Test func weightsOfFacesCanBeReplaced() throws {
    var linear = try Linear<Double>(inputFeatures: 2, outputFeatures: 1)
    linear.weight.value = try Tensor(shape: [1, 2], scalars: [10, 1])
    linear.bias?.value = try Tensor(shape: [1], scalars: [0.5])
    linear.weight.requiresGradient = false
    #expect(try linear.forward(Tensor(shape: [2], scalars: [3, 4])).scalars == [34.5])
    #expect(linear.weight.value.shape == [1, 2] && !linear.weight.requiresGradient)
    var convolution = try Conv1d<Double>(inputChannels: 1, outputChannels: 1, kernelSize: 2, bias: false)
    convolution.weight.value = try Tensor(shape: [1, 1, 2], scalars: [1, -1])
    #expect(try convolution.forward(Tensor(shape: [1, 3], scalars: [5, 3, 2])).scalars == [2, 1])
    #expect(convolution.bias == nil && convolution.padding == 0 && convolution.stride == 1)
  }

  /// Momentum needs the weight to stay the same parameter from step to step: 1 + (1 + 0.5) moved after two steps.
  @Test func optimizersKnowTheWeightOfAFace() throws {
    var linear = try Linear<Double>(inputFeatures: 2, outputFeatures: 1, bias: false)
    linear.weight.value = try Tensor(zeros: [1, 2])
    var optimizer = try SGD<Double>(learningRate: 1, momentum: 0.5)
    for _ in 0..<2 {
      _ = try linear.backward(Tensor(repeating: 1, shape: [1]), at: Tensor(repeating: 1, shape: [2]), for: .all)
      try optimizer.step(&linear)
      linear.clearGradients()
    }
    #expect(linear.weight.value.scalars == [-2.5, -2.5])
  }

  @Test func seededLayersAreEqual() throws {
    func make() throws -> [String: Tensor<Float>] {
      var generator = SplitMix64(seed: 7)
      let network = try Sequential<Float>([
        Linear<Float>(inputFeatures: 3, outputFeatures: 4, using: &generator),
        Conv1d<Float>(inputChannels: 3, outputChannels: 4, kernelSize: 2, using: &generator),
      ])
      return network.stateDictionary
    }
    #expect(try make() == make())
    #expect(try make()["0.weight"]!.scalars.allSatisfy { abs($0) <= 1 / Float(3).squareRoot() })
  }

  // MARK: Pooling

  /// A window without a pixel: −∞, and a gradient that goes nowhere.
  @Test func emptyWindows() throws {
    var pool = try MaxPool2d<Float>(kernelSize: Size2d(2, 1), padding: Size2d(1, 0), dilation: Size2d(4, 1))
    let input = try Tensor<Float>(zeros: [1, 1, 3, 1])
    #expect(try pool.forward(input).scalars == [-.infinity])
    let gradient = try pool.backward(Tensor(repeating: 1, shape: [1, 1, 1, 1]), at: input, for: .all)
    #expect(gradient?.scalars == [0, 0, 0])
  }

  // MARK: Cross-entropy

  @Test func lossesOfLargeScores() throws {
    let loss = CrossEntropyLoss<Float>()
    let (value, gradient) = try loss.valueWithGradient(
      of: Tensor(shape: [2, 2], scalars: [1e30, -1e30, 0, 200]), labels: [0, 0])
    #expect(value == 100)
    #expect(gradient.scalars == [0, 0, -0.5, 0.5])
  }
}
