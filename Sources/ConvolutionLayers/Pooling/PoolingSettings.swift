import Convolution

/// The settings that windows of one size have.
enum PoolingSettings {
  static func check(
    kernelSize: Size2d, stride: Size2d, padding: Size2d, dilation: Size2d
  ) throws(ConvolutionError) {
    for (name, size) in [("kernelSize", kernelSize), ("stride", stride), ("dilation", dilation)] {
      guard size.height >= 1, size.width >= 1 else {
        throw .valueOutOfRange(name: name, expected: "1 or more", actual: [size.height, size.width])
      }
    }
    for side in [\Size2d.height, \Size2d.width] {
      let most = kernelSize[keyPath: side] / 2
      guard (0...most).contains(padding[keyPath: side]) else {
        throw .valueOutOfRange(
          name: "padding", expected: "from 0 to \(most), half the kernel's size", actual: [padding[keyPath: side]])
      }
    }
  }
}
