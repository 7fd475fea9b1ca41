import CConvolutionKernels
import Convolution

/// Sums over all images and pixels of each channel of `[N, C, H, W]`: the one statistics pass of the normalisation.
struct ChannelSums<Scalar: ConvolutionScalar> {
  let images, channels, plane: Int

  /// How many scalars a channel has.
  var count: Int { images * plane }

  init(_ shape: [Int], channels: Int) throws(ConvolutionError) {
    guard shape.count == 4, shape[1] == channels else {
      throw .shapeMismatch(name: "input", expected: "[N, \(channels), H, W]", actual: shape)
    }
    images = shape[0]
    self.channels = channels
    plane = shape[2] * shape[3]
  }

  /// Σ (y − shift) and Σ (y − shift) · (x − mean) of each channel, where shift and mean are scalars of the channel.
  func sums(
    of y: Tensor<Scalar>, shift: [Scalar], times x: Tensor<Scalar>, mean: [Scalar], device: Device
  ) throws(ConvolutionError) -> [(terms: Double, products: Double)] {
    let sums = try Tensor<Double>.computed(
      shape: [channels, 2], from: y, x, parts: channels, device: device
    ) { range, operands in
      for channel in range {
        let pair = unsafe operands.result + 2 * channel
        unsafe pair.update(repeating: 0, count: 2)
        for image in 0..<images {
          let start = (image * channels + channel) * plane
          unsafe convolution_moments(
            Processor.instructionSet, operands.scalarBytes, operands.first + start, Double(shift[channel]),
            operands.second + start, Double(mean[channel]), plane, pair)
        }
      }
    }.scalars
    return (0..<channels).map { (sums[2 * $0], sums[2 * $0 + 1]) }
  }

  /// Calls `body` with the channel and the start of every plane of a new tensor.
  func mapPlanes(
    _ first: Tensor<Scalar>, _ second: Tensor<Scalar>, device: Device,
    _ body: (_ channel: Int, _ start: Int, _ operands: Operands<Scalar, Scalar>) -> Void
  ) throws(ConvolutionError) -> Tensor<Scalar> {
    try Tensor.computed(
      shape: first.shape, from: first, second, parts: first.count > 0 ? images * channels : 0, device: device
    ) { range, operands in
      for index in range { body(index % channels, index * plane, operands) }
    }
  }
}
