internal import Convolution

extension NaiveConvolution {
  /// One axis: where a tap of an output reads.
  struct Axis {
    let size, kernel, stride, dilation, before, after: Int
    let mode: PaddingMode

    var output: Int { (size + before + after - dilation * (kernel - 1) - 1) / stride + 1 }

    /// The input index of every tap of every output, −1 for a zero.
    var sources: [Int] {
      (0..<output * kernel).map { index(output: $0 / kernel, tap: $0 % kernel) }
    }

    /// Folds as often as needed, one step at a time.
    private func index(output: Int, tap: Int) -> Int {
      var position = output * stride + tap * dilation - before
      if position >= 0 && position < size { return position }
      switch mode {
      case .zeros: return -1
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

    /// Where an image's first plane of the group of this output channel begins.
    func planesOffset(image: Int, outputChannel: Int) -> Int {
      let channel = image * inputChannels + outputChannel / outputsPerGroup * channelsPerGroup
      return channel * rows.size * columns.size
    }

    /// Where the filters of this output channel begin.
    func filtersOffset(outputChannel: Int) -> Int {
      outputChannel * channelsPerGroup * rows.kernel * columns.kernel
    }

    /// Where this row of the output begins.
    func outputOffset(image: Int, outputChannel: Int, row: Int) -> Int {
      ((image * outputChannels + outputChannel) * rows.output + row) * columns.output
    }
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
