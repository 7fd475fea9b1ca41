import Convolution
import ConvolutionLayers

// What 0.2 adds around `Conv2d`: transposed convolution, costs, limits of threads, and every layer of ConvolutionLayers.

func useTransposedConvolution() throws {
  let (c, k, s) = (2, 4, 2)
  var generator = SystemRandomNumberGenerator()
  let layers: [ConvTranspose2d<Float>] = try [
    ConvTranspose2d(inputChannels: c, outputChannels: 2 * c, kernelSize: k, stride: s, padding: k / 4),
    ConvTranspose2d(
      inputChannels: c, outputChannels: 4, kernelSize: Size2d(3), stride: Size2d(2, 2), padding: 1, outputPadding: 1,
      groups: 2, bias: false, dilation: 1, device: .cpu(threads: 1), using: &generator),
    ConvTranspose2d(
      weight: Tensor(repeating: 1, shape: [2, 4, 4, 4]), bias: Tensor(zeros: [4]), stride: s, padding: 1),
  ]
  let input = try Tensor<Float>(repeating: 0.5, shape: [1, 2, 3, 5])
  for var layer in layers {
    try expect(layer.inputChannels == 2 && layer.outputChannels == 4 && layer.stride == 2 && layer.padding == 1)
    try expect(layer.dilation == 1 && [1, 2].contains(layer.groups) && layer.kernelSize.height >= 3)
    try expect([0, 1].contains(layer.outputPadding))
    try expect(layer.algorithm == .automatic && layer.precision == .standard)
    let output = try layer(input)
    try expect(try output.shape == [1, 4, 6, 10] && output.shape == layer.outputShape(for: input.shape))
    var kept = try Tensor<Float>(zeros: output.shape)
    try layer.forward(input, into: &kept)
    try expect(try kept == output && output == layer.forward(input))
    let gradients = try layer.gradients(of: output, at: input, for: [.input, .weight])
    try expect(try gradients.input == layer.inputGradient(of: output, at: input) && gradients.bias == nil)
    try expect(try gradients.weight == layer.weightGradient(of: output, at: input))
    try expect(try layer.cost(for: input.shape).outputBytes == 4 * output.count)
    try expect(layer.description.hasPrefix("ConvTranspose2d(2, 4, kernel_size="))
    try expect(try layer.backward(output, at: input) == gradients.input && layer.weight.gradient == gradients.weight)
  }
  let weight = try Tensor<Float>(repeating: 1, shape: [2, 2, 3, 3])
  let bias = try Tensor<Float>(repeating: 2, shape: [4])
  var layer = try ConvTranspose2d(
    weight: weight, bias: bias, stride: s, padding: 1, outputPadding: 1, groups: 2, dilation: 1, device: .cpu)
  try expect(
    try layer(input)
      == convTranspose2d(
        input, weight: weight, bias: bias, stride: s, padding: 1, outputPadding: 1, groups: 2, dilation: 1, device: .cpu
      ))
  layer.algorithm = .im2col
  layer.precision = .strict
  layer.device = try .cpu(threads: 1)
  layer.bias?.value = try Tensor(zeros: [4])
  try expect(try layer(input)[0, 3, 0, 0] == 0.5 && layer.extraRepresentation.hasPrefix("2, 4, kernel_size=(3, 3)"))
}

func useCostsAndThreads() throws {
  let layer = try Conv2d<Float>(inputChannels: 2, outputChannels: 4, kernelSize: 1)
  let cost = try layer.cost(for: [1, 2, 3, 5])
  try expect(cost.operations == 2 * 2 * 4 * 15 && cost.outputBytes == 4 * 4 * 15)
  try expect(cost.workspaceBytes >= 0 && cost.derivedWeightBytes >= 0 && !cost.algorithm.isEmpty)
  let input = try Tensor<Float>(repeating: 0.5, shape: [1, 2, 3, 5])
  let output = try layer(input)
  try expect(try withConvolutionThreads(atMost: 1) { try layer(input) } == output)
  try expect(OpenBLAS.advice != "")
}

/// The asynchronous form of the limit.
public func forwardOnOneThread(_ layer: Conv2d<Float>, _ input: Tensor<Float>) async throws -> Tensor<Float> {
  try await withConvolutionThreads(atMost: 1) {
    await Task.yield()
    return try layer(input)
  }
}

/// A composite of a client's own.
struct Block: CompositeModule {
  var children: Sequential<Float>

  init() throws {
    children = try Sequential(named: [
      "conv": Conv2d<Float>(inputChannels: 4, outputChannels: 4, kernelSize: 3, padding: 1), "relu": ReLU<Float>(),
    ])
  }

  func forward(_ x: Activation<Float>) throws -> Activation<Float> {
    try (x.through("conv") + x).through("relu")
  }
}

func useEveryLayer() throws {
  let input = try Tensor<Float>(
    shape: [1, 4, 6, 6], scalars: (0..<144).map { Float($0 % 13) / 4 - 1 })
  let sameShape: [any Module<Float>] = try [
    BatchNorm2d<Float>(channels: 4, eps: 1e-5, momentum: 0.1), ReLU<Float>(), ReLU6<Float>(),
    LeakyReLU<Float>(negativeSlope: 0.1), PReLU<Float>(parameterCount: 4), Sigmoid<Float>(), Tanh<Float>(),
    SiLU<Float>(), Hardswish<Float>(), GELU<Float>(), GELU<Float>(approximate: .tanh), Dropout<Float>(p: 0.5, seed: 1),
    Residual<Float>(ReLU<Float>(), combining: .sum), Block(),
  ]
  let others: [(any Module<Float>, [Int])] = try [
    (MaxPool2d<Float>(kernelSize: 2, stride: 2), [1, 4, 3, 3]),
    (AvgPool2d<Float>(kernelSize: Size2d(2), padding: 1), [1, 4, 4, 4]),
    (AdaptiveAvgPool2d<Float>(outputSize: 1), [1, 4, 1, 1]),
    (Upsample<Float>(scaleFactor: 2), [1, 4, 12, 12]),
    (Upsample<Float>(size: 8, mode: .bilinear, alignCorners: true), [1, 4, 8, 8]),
    (Flatten<Float>(), [1, 144]),
    (Residual<Float>(ReLU<Float>(), combining: .concatenation), [1, 8, 6, 6]),
  ]
  for (var module, shape) in sameShape.map({ ($0, input.shape) }) + others {
    let output = try module(input)
    try expect(output.shape == shape)
    try expect(try module.backward(output, at: input, for: .all)?.shape == input.shape)
    try expect(module.description.hasSuffix(")"))
  }
  try expect(try Linear<Float>(inputFeatures: 6, outputFeatures: 5)(input).shape == [1, 4, 6, 5])
  let line = try Tensor<Float>(zeros: [1, 4, 9])
  try expect(
    try Conv1d<Float>(inputChannels: 4, outputChannels: 2, kernelSize: 3, padding: 1)(line).shape == [1, 2, 9])
}

func useTraining() throws {
  var network: any Module<Float> = try Sequential<Float>([
    Conv2d<Float>(inputChannels: 1, outputChannels: 4, kernelSize: 3), BatchNorm2d<Float>(channels: 4), Block(),
    AdaptiveAvgPool2d<Float>(outputSize: 1), Flatten<Float>(), Linear<Float>(inputFeatures: 4, outputFeatures: 3),
  ])
  var optimizer = try SGD<Float>(learningRate: 0.1, momentum: 0.9)
  let images = try Tensor<Float>(shape: [2, 1, 5, 5], scalars: (0..<50).map { Float($0 % 7) })
  let loss = CrossEntropyLoss<Float>()
  try train(&network, &optimizer, images, loss)
  network.setTraining(false)
  try expect(try loss(network(images), labels: [0, 2]).isFinite)
  var resumed = try SGD<Float>(learningRate: 0.1, momentum: 0.9)
  try resumed.load(optimizer.stateDictionary)
  try expect(!optimizer.stateDictionary.isEmpty)
}

private func train<Network: Module<Float>>(
  _ network: inout Network, _ optimizer: inout SGD<Float>, _ images: Tensor<Float>, _ loss: CrossEntropyLoss<Float>
) throws {
  let trace = try network.trace(at: images)
  let (value, gradient) = try loss.valueWithGradient(of: trace.output, labels: [0, 2])
  try expect(value.isFinite)
  try network.backward(gradient, through: trace)
  try optimizer.step(&network)
}
