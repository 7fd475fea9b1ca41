import Convolution
import ConvolutionLayers

/// O. Ronneberger, P. Fischer, T. Brox: U-Net, arXiv:1505.04597, with padding and batch normalisation, and the names of
/// `Benchmarks/peers/networks.py`.
struct UNet: CompositeModule {
  var children: Sequential<Float>

  init(device: Device) throws {
    func double(_ inputs: Int, _ outputs: Int) throws -> Sequential<Float> {
      try Sequential<Float>(
        [inputs, outputs].flatMap { channels -> [any Module<Float>] in
          [
            try Conv2d<Float>(
              inputChannels: channels, outputChannels: outputs, kernelSize: 3, padding: 1, bias: false, device: device),
            try BatchNorm2d<Float>(channels: outputs, device: device), ReLU<Float>(device: device),
          ]
        })
    }
    func up(_ outputs: Int) throws -> ConvTranspose2d<Float> {
      try ConvTranspose2d(
        inputChannels: 2 * outputs, outputChannels: outputs, kernelSize: 2, stride: 2, device: device)
    }
    children = try Sequential(named: [
      "pool": MaxPool2d<Float>(kernelSize: 2, device: device),
      "down0": double(3, 64), "down1": double(64, 128), "down2": double(128, 256), "down3": double(256, 512),
      "down4": double(512, 1024),
      "up3": up(512), "up2": up(256), "up1": up(128), "up0": up(64),
      "merge3": double(1024, 512), "merge2": double(512, 256), "merge1": double(256, 128), "merge0": double(128, 64),
      "head": Conv2d<Float>(inputChannels: 64, outputChannels: 2, kernelSize: 1, device: device),
    ])
  }

  func forward(_ picture: Activation<Float>) throws -> Activation<Float> {
    var x = try picture.through("down0")
    var kept: [Activation<Float>] = []
    for level in 1...4 {
      kept.append(x)
      x = try x.through("pool", "down\(level)")
    }
    for level in (0..<4).reversed() {
      x = try kept[level].concatenated(with: x.through("up\(level)")).through("merge\(level)")
    }
    return try x.through("head")
  }
}
