import Convolution
import ConvolutionLayers

/// Computes a prepared network of every kind of layer that packs or transforms filters, over and over.
public func computePrepared(calls: Int, weights: String) throws {
  let device = try Device.cpu(threads: 1)
  let network = try Sequential<Float>([
    Conv2d<Float>(inputChannels: 3, outputChannels: 32, kernelSize: 3, stride: 2, padding: 1, device: device),
    BatchNorm2d<Float>(channels: 32, device: device), ReLU<Float>(device: device),
    Conv2d<Float>(inputChannels: 32, outputChannels: 32, kernelSize: 3, padding: 1, groups: 32, device: device),
    Conv2d<Float>(inputChannels: 32, outputChannels: 32, kernelSize: 3, padding: 1, device: device),
    Residual<Float>(Conv2d<Float>(inputChannels: 32, outputChannels: 32, kernelSize: 1, device: device)),
    MaxPool2d<Float>(kernelSize: 2, device: device),
    // A stride wider than the kernel leaves gaps.
    ConvTranspose2d<Float>(inputChannels: 32, outputChannels: 24, kernelSize: 2, stride: 2, device: device),
    ConvTranspose2d<Float>(inputChannels: 24, outputChannels: 24, kernelSize: 2, stride: 3, device: device),
    ConvTranspose2d<Float>(
      inputChannels: 24, outputChannels: 24, kernelSize: 3, stride: 2, padding: 1, groups: 24, device: device),
    ConvTranspose2d<Float>(inputChannels: 24, outputChannels: 24, kernelSize: 3, padding: 1, device: device),
    ConvTranspose2d<Float>(
      inputChannels: 24, outputChannels: 24, kernelSize: 3, padding: 1, groups: 24, device: device),
    Hardswish<Float>(device: device),
  ])
  let prepared = try network.prepared(for: [2, 3, 40, 36], weights: WeightFormat(rawValue: weights)!)
  var input = try Tensor<Float>(repeating: 0.5, shape: prepared.inputShape)
  var output = try Tensor<Float>(zeros: prepared.outputShape(for: input.shape))
  for index in 0..<calls {
    input[0, 0, 0, 0] = Float(index)
    try prepared.forward(input, into: &output)
  }
}
