import CConvolutionKernels
import Convolution

/// The windows of a pooling along one axis.
///
/// An axis is counted first, and its windows are laid out once there is memory for them.
struct PoolingAxis: PlaneAxis {
  let inputExtent, outputExtent: Int
  let tap: (Int) -> ConvolutionWindow

  /// Windows of one size at even distances. The sizes have been checked to be 1 or more, the padding 0 or more.
  ///
  ///     out = ⌊(in + 2 p − d · (k − 1) − 1) / s⌋ + 1
  ///
  /// In ceil mode the division is rounded up, unless the last window would begin beyond the input and its leading padding.
  init(
    name: String, input: Int, kernel: Int, stride: Int, padding: Int, dilation: Int, ceilMode: Bool,
    countsPadding: Bool, extent divisor: Int? = nil
  ) throws(ConvolutionError) {
    let spread = try SizeArithmetic.product([dilation, kernel - 1], name: "extent of the kernel")
    let extent = try SizeArithmetic.sum([spread, 1], name: "extent of the kernel")
    let padded = try SizeArithmetic.sum([input, padding, padding], name: "padded \(name)")
    let missing = extent - padded
    guard input > 0, ceilMode ? missing < stride : missing <= 0 else {
      throw .kernelExceedsInput(axis: name, kernelExtent: extent, paddedInput: padded)
    }
    var count = missing > 0 ? 1 : (padded - extent) / stride + 1
    if ceilMode, missing < 0, (padded - extent) % stride > 0, (input + padding - 1) / stride >= count { count += 1 }
    inputExtent = input
    outputExtent = count
    tap = { output in
      let start = output * stride - padding
      // Taps before the input are left out, and those behind it.
      let skipped = start < 0 ? SizeArithmetic.dividingUp(-start, by: dilation) : 0
      let first = start + skipped * dilation
      let count = first < input ? min(kernel - skipped, (input - 1 - first) / dilation + 1) : 0
      let reach = min(kernel, input + padding - start)
      return ConvolutionWindow(
        first: first, count: max(count, 0), step: dilation, extent: Double(divisor ?? (countsPadding ? reach : count)))
    }
  }

  /// Windows that divide the input as evenly as whole numbers can: output `o` of `n` reads ⌊o · in / n⌋ up to but not
  /// including ⌈(o + 1) · in / n⌉.
  init(name: String, input: Int, output: Int) throws(ConvolutionError) {
    guard input > 0 else { throw .valueOutOfRange(name: name, expected: "1 or more", actual: [input]) }
    _ = try SizeArithmetic.product([input, output], name: "windows along the \(name)")
    inputExtent = input
    outputExtent = output
    tap = { index in
      let first = index * input / output
      let end = SizeArithmetic.dividingUp((index + 1) * input, by: output)
      return ConvolutionWindow(first: first, count: end - first, step: 1, extent: Double(end - first))
    }
  }
}
