import Convolution
import ConvolutionIO
import ConvolutionLayers

// What 0.2 adds beside tensors: transposed convolutions, costs, threads, stored types, and the layers of a network.

func useTransposedConvolutions() throws {
  let (channels, kernel) = (4, 3)
  var layer = try ConvTranspose2d<Float>(
    inputChannels: channels, outputChannels: 2 * channels, kernelSize: kernel, stride: 2, padding: kernel / 2,
    outputPadding: 1)
  let input = try Tensor<Float>(repeating: 0.5, shape: [2, channels, 5, 6])
  var output = try layer(input)
  try expect(output.shape == [2, 8, 10, 12])
  try expect(layer.outputShape(for: input.shape) == output.shape)
  try layer.forward(input, into: &output)
  try expect(layer.weightGradient(of: output, at: input).shape == layer.weight.value.shape)
  try expect(layer.inputGradient(of: output, at: input).shape == input.shape)
  try expect(layer.backward(output, at: input)?.shape == input.shape)
  try expect(convTranspose2d(input, weight: layer.weight.value, stride: 2, padding: Size2d(1)).shape == [2, 8, 9, 11])
  try expect(layer.cost(for: input.shape).operations > 0)
  let cost = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3).cost(for: [3, 16, 16])
  try expect(cost.outputBytes == 8 * 14 * 14 * 4 && cost.workspaceBytes <= 64 << 20 && !cost.algorithm.isEmpty)
  try expect(cost.derivedWeightBytes >= 0)
}

func useThreads() throws {
  let layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3)
  let input = try Tensor<Float>(repeating: 0.5, shape: [3, 16, 16])
  let output = try withConvolutionThreads(atMost: 1) { () throws(ConvolutionError) in try layer(input) }
  try expect(output == layer(input))
  try expect(withSubnormalsFlushed { 1 } == 1)
}

func useNetworks() throws {
  let (channels, side) = (8, 2)
  let network = try Sequential<Float>([
    Conv2d<Float>(inputChannels: 3, outputChannels: channels, kernelSize: 3, padding: 1),
    BatchNorm2d<Float>(channels: channels), ReLU<Float>(), MaxPool2d<Float>(kernelSize: side, stride: side),
    AvgPool2d<Float>(kernelSize: side), Upsample<Float>(scaleFactor: 2), LeakyReLU<Float>(), ReLU6<Float>(),
    PReLU<Float>(), Sigmoid<Float>(), Tanh<Float>(), SiLU<Float>(), Hardswish<Float>(), GELU<Float>(),
    Dropout<Float>(p: 0.5), AdaptiveAvgPool2d<Float>(outputSize: 1), Flatten<Float>(),
    Linear<Float>(inputFeatures: channels, outputFeatures: 10),
  ])
  let scores = try network(Tensor(repeating: 0.5, shape: [2, 3, 16, 16]))
  try expect(scores.shape == [2, 10])
  let line = try Conv1d<Float>(inputChannels: 2, outputChannels: 4, kernelSize: side + 1, padding: side / 2)
  try expect(line(Tensor(zeros: [1, 2, 9])).shape == [1, 4, 9])
  _ = CrossEntropyLoss<Float>()
}

func useStoredTypes(folder: String) throws {
  let path = "\(folder)/half.safetensors"
  let tensor = try Tensor<Float>(shape: [2], scalars: [1, 0.5])
  for type in [SafetensorsFile.DataType.float16, .bfloat16, .float32, .float64] {
    try SafetensorsFile.write(["x": tensor], path: path, as: type)
    try expect(SafetensorsFile(path: path).tensor("x", as: Float.self) == tensor)
  }
}
