import Convolution
import ConvolutionLayers

func usePrepared() throws {
  let layer = try Conv2d<Float>(inputChannels: 2, outputChannels: 3, kernelSize: 3, padding: 1)
  var network = try Sequential<Float>([layer, BatchNorm2d<Float>(channels: 3), ReLU<Float>()])
  let input = try Tensor<Float>(repeating: 0.5, shape: [2, 2, 6, 5])
  let prepared: PreparedNetwork<Float> = try network.prepared(for: [4, 2, 6, 5])
  try expect(try prepared.outputShape(for: input.shape) == [2, 3, 6, 5] && prepared.inputShape == [4, 2, 6, 5])
  var output = try Tensor<Float>(zeros: [2, 3, 6, 5])
  try prepared.forward(input, into: &output)
  try expect(try prepared(input) == output && prepared.forward(input) == output)
  try expect(prepared.description.contains("ReLU"))
  let cost: PreparedCost = prepared.cost
  try expect(cost.operations > 0 && cost.weightBytes > 0 && cost.bufferBytes >= 0)
  network.setTraining(false)
  try expect(try network.prepared(for: input.shape, folding: false)(input) == network(input))
  try expect(try layer.prepared(for: [2, 6, 5])(input[image: 0]) == layer(input[image: 0]))
}
