import Convolution
import ConvolutionLayers

/// CenterFace, a network that finds faces: MobileNetV2 and three transposed convolutions that bring what it found back to a
/// quarter of the picture's size. Pictures `[1, 3, H, W]` from 0 to 255 become `[1, 15, H / 4, W / 4]`, for each place the
/// probability of a face's middle, two logarithms of its size, two offsets of the middle, and ten numbers for five landmarks.
///
/// The file knows its layers only by their order, and so do we: children are named 0, 1, 2, ….
struct CenterFace: CompositeModule {
  /// Height and width of a picture are multiples of it.
  static let multiple = 32
  var children: Sequential<Float>

  /// The blocks of MobileNetV2: output channels and stride. In between, channels are widened six times.
  private static let blocks: [(outputs: Int, stride: Int)] = [
    (24, 2), (24, 1), (32, 2), (32, 1), (32, 1), (64, 2), (64, 1), (64, 1), (64, 1), (96, 1), (96, 1), (96, 1),
    (160, 2),
    (160, 1), (160, 1), (320, 1),
  ]
  /// Behind which blocks what was found is kept for the way back, and how many channels it has.
  private static let levels = [(block: 11, channels: 96), (block: 4, channels: 32), (block: 1, channels: 24)]
  private static let width = 24

  init(device: Device = .cpu) throws {
    var layers: [any Module<Float>] = []
    func add(_ inputs: Int, _ outputs: Int, size: Int = 1, stride: Int = 1, groups: Int = 1) throws {
      layers.append(
        try Conv2d<Float>(
          inputChannels: inputs, outputChannels: outputs, kernelSize: size, stride: stride,
          padding: .symmetric(size / 2),
          groups: groups, device: device))
    }
    try add(3, 32, size: 3, stride: 2)
    try add(32, 32, size: 3, groups: 32)
    try add(32, 16)
    var channels = 16
    for block in Self.blocks {
      let inner = 6 * channels
      try add(channels, inner)
      try add(inner, inner, size: 3, stride: block.stride, groups: inner)
      try add(inner, block.outputs)
      channels = block.outputs
    }
    try add(channels, Self.width)
    for level in Self.levels {
      layers.append(
        try ConvTranspose2d<Float>(
          inputChannels: Self.width, outputChannels: Self.width, kernelSize: 2, stride: 2, bias: false, device: device))
      layers.append(try BatchNorm2d<Float>(channels: Self.width, eps: 1e-3, device: device))
      try add(level.channels, Self.width)
    }
    try add(Self.width, Self.width, size: 3)
    for outputs in [1, 2, 2, 10] { try add(Self.width, outputs) }
    children = Sequential(layers)
  }

  func forward(_ picture: Activation<Float>) throws -> Activation<Float> {
    var count = 0
    func next(_ x: Activation<Float>) throws -> Activation<Float> {
      count += 1
      return try x.through("\(count - 1)")
    }
    func rectified(_ x: Activation<Float>) throws -> Activation<Float> { try next(x).through(ReLU<Float>()) }

    var x = try next(rectified(rectified(picture)))
    var kept: [Activation<Float>] = []
    var channels = 16
    for block in Self.blocks {
      let result = try next(rectified(rectified(x)))
      x = block.stride == 1 && block.outputs == channels ? try x + result : result
      channels = block.outputs
      kept.append(x)
    }
    x = try rectified(x)
    for level in Self.levels { x = try rectified(next(x)) + rectified(kept[level.block]) }
    x = try rectified(x)
    let faces = try next(x).through(Sigmoid<Float>())
    return try [next(x), next(x), next(x)].reduce(faces) { try $0.concatenated(with: $1) }
  }
}
