import CConvolutionKernels

/// One axis of a convolution as the kernels read it: tiles, and the input index behind every padded coordinate.
struct WinogradTables {
  let map: AxisGeometry
  let tiling: WinogradTiling

  /// Integers that ``fill(_:)`` writes.
  var count: Int { 2 * tiling.count + tiling.samples(of: map) }

  /// The axis whose tables ``fill(_:)`` has written to `memory`.
  @safe func axis(in memory: UnsafePointer<Int32>, crop: Int) -> ConvolutionWinogradAxis {
    unsafe ConvolutionWinogradAxis(
      step: Int32(tiling.dilation), crop: Int32(crop), sources: memory + 2 * tiling.count, tileSizes: memory,
      tileStarts: memory + tiling.count)
  }

  /// Writes the tables.
  func fill(_ memory: UnsafeMutablePointer<Int32>) {
    let sizes = unsafe memory
    let starts = unsafe sizes + tiling.count
    let sources = unsafe starts + tiling.count
    for index in 0..<tiling.count {
      unsafe sizes[index] = Int32(tiling.size(at: index))
      unsafe starts[index] = Int32(tiling.start(at: index))
    }
    // A tile that reaches beyond the output reads zeros there: its padding need not be one that the mode can fill.
    let end = (map.output - 1) * map.stride + (map.kernel - 1) * map.dilation + 1
    for sample in 0..<tiling.samples(of: map) {
      unsafe sources[sample] = Int32(sample < end ? map.source(at: sample - map.paddingBefore) : AxisGeometry.zero)
    }
  }
}
