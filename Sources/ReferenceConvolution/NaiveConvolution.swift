public import Convolution

/// The convolution as its formula reads: seven plain loops with one scalar accumulator, on one thread.
///
/// Tests run it in Double and check everything against it; the benchmark races it in the layer's own scalar type. It shares
/// no index arithmetic with the package it checks.
public struct NaiveConvolution: Sendable {
  /// As the layer's arguments of the same names.
  public var stride, dilation: Size2d
  /// As the layer's argument of the same name.
  public var padding: Padding
  /// As the layer's argument of the same name.
  public var groups: Int
  /// As the layer's argument of the same name.
  public var paddingMode: PaddingMode

  /// Creates a reference with the arguments of ``Convolution/Conv2d``; nothing is checked.
  public init(
    stride: Size2d = 1, padding: Padding = 0, dilation: Size2d = 1, groups: Int = 1, paddingMode: PaddingMode = .zeros
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.paddingMode = paddingMode
  }

  /// One axis: where a tap of an output reads.
  struct Axis {
    let size, kernel, stride, dilation, before, after: Int
    let mode: PaddingMode

    var output: Int { (size + before + after - dilation * (kernel - 1) - 1) / stride + 1 }

    /// The input index, or `nil` for a zero. Folds as often as needed, one step at a time.
    @inline(__always)
    func index(output: Int, tap: Int) -> Int? {
      var position = output * stride + tap * dilation - before
      if position >= 0 && position < size { return position }
      switch mode {
      case .zeros: return nil
      case .replicate: return position < 0 ? 0 : size - 1
      case .reflect:
        while position < 0 || position >= size { position = position < 0 ? -position : 2 * (size - 1) - position }
      case .circular:
        while position < 0 || position >= size { position += position < 0 ? size : -size }
      }
      return position
    }
  }

  /// The sizes of one call.
  struct Sizes {
    let batch, inputChannels, outputChannels, channelsPerGroup, outputsPerGroup: Int
    let rows, columns: Axis
  }

  /// - Parameters:
  ///   - input: `[N, C, H, W]` or `[C, H, W]`.
  ///   - weight: `[O, C / groups, kH, kW]`.
  func sizes(input: [Int], weight: [Int]) -> Sizes {
    let isBatched = input.count == 4
    let channels = isBatched ? input[1] : input[0]
    func axis(_ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ edges: (Int, Int)?) -> Axis {
      let total = dilation * (kernel - 1)
      let (before, after) = edges ?? (total / 2, total - total / 2)
      return Axis(
        size: size, kernel: kernel, stride: stride, dilation: dilation, before: before, after: after, mode: paddingMode)
    }
    let vertical: (Int, Int)?
    let horizontal: (Int, Int)?
    switch padding {
    case .valid: (vertical, horizontal) = ((0, 0), (0, 0))
    case .same: (vertical, horizontal) = (nil, nil)
    case .explicit(let top, let bottom, let left, let right): (vertical, horizontal) = ((top, bottom), (left, right))
    }
    return Sizes(
      batch: isBatched ? input[0] : 1, inputChannels: channels, outputChannels: weight[0],
      channelsPerGroup: weight[1], outputsPerGroup: weight[0] / groups,
      rows: axis(input[input.count - 2], weight[2], stride.height, dilation.height, vertical),
      columns: axis(input[input.count - 1], weight[3], stride.width, dilation.width, horizontal))
  }
}
