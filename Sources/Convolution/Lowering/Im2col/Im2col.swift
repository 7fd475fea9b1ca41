/// Lays the input patches of a range of output pixels side by side, one column for each pixel and one row for each
/// (input channel, kernel row, kernel column), so that a product with the weight convolves them; and the adjoint.
///
/// K. Chellapilla, S. Puri, P. Simard: High Performance Convolutional Neural Networks for Document Processing (2006).
enum Im2col {
  /// Writes a block of the column matrix of one image's group.
  ///
  /// - Parameters:
  ///   - columns: Receives `reduction.count` rows of `pixels.count` scalars, without gaps.
  ///   - image: The group's first input channel.
  ///   - reduction: Rows of the column matrix, within `0..<geometry.reduction`.
  ///   - pixels: Output pixels, within `0..<geometry.outputPixels`.
  @safe static func pack<Scalar: ConvolutionScalar>(
    _ columns: UnsafeMutablePointer<Scalar>, from image: UnsafePointer<Scalar>, geometry: ImageGeometry,
    reduction: Range<Int>, pixels: Range<Int>
  ) {
    var row = unsafe columns
    forEachRow(geometry, reduction: reduction) { channel, kernelRow, kernelColumn in
      let plane = unsafe image + channel * geometry.inputPixels
      let interior = geometry.columns.interior(tap: kernelColumn)
      forEachRun(geometry, pixels: pixels) { offset, outputRow, outputs in
        let source = geometry.rows.source(tap: kernelRow, output: outputRow)
        let destination = unsafe row + offset
        if source == AxisGeometry.zero {
          unsafe destination.update(repeating: 0, count: outputs.count)
        } else {
          unsafe packRun(
            destination, from: plane + source * geometry.columns.input, map: geometry.columns, tap: kernelColumn,
            interior: interior, outputs: outputs)
        }
      }
      unsafe row += pixels.count
    }
  }

  /// The adjoint of ``pack``: adds every scalar of a block of columns to the input pixel it would be read from.
  @safe static func scatter<Scalar: ConvolutionScalar>(
    _ columns: UnsafePointer<Scalar>, to image: UnsafeMutablePointer<Scalar>, geometry: ImageGeometry,
    reduction: Range<Int>, pixels: Range<Int>
  ) {
    var row = unsafe columns
    forEachRow(geometry, reduction: reduction) { channel, kernelRow, kernelColumn in
      let plane = unsafe image + channel * geometry.inputPixels
      let interior = geometry.columns.interior(tap: kernelColumn)
      forEachRun(geometry, pixels: pixels) { offset, outputRow, outputs in
        let target = geometry.rows.source(tap: kernelRow, output: outputRow)
        if target != AxisGeometry.zero {
          unsafe add(
            row + offset, to: plane + target * geometry.columns.input, map: geometry.columns, tap: kernelColumn,
            interior: interior, outputs: outputs)
        }
      }
      unsafe row += pixels.count
    }
  }

  /// Calls `body` with the input channel (of the group), the kernel row and the kernel column of each row in turn.
  @inline(__always)
  private static func forEachRow(
    _ geometry: ImageGeometry, reduction: Range<Int>,
    _ body: (_ channel: Int, _ kernelRow: Int, _ kernelColumn: Int) -> Void
  ) {
    for index in reduction {
      let (channel, tap) = index.quotientAndRemainder(dividingBy: geometry.taps)
      let (kernelRow, kernelColumn) = tap.quotientAndRemainder(dividingBy: geometry.columns.kernel)
      body(channel, kernelRow, kernelColumn)
    }
  }

  /// Calls `body` with each run of pixels that lies in one output row, and its offset in `pixels`.
  @inline(__always)
  private static func forEachRun(
    _ geometry: ImageGeometry, pixels: Range<Int>,
    _ body: (_ offset: Int, _ outputRow: Int, _ outputs: Range<Int>) -> Void
  ) {
    let width = geometry.columns.output
    var pixel = pixels.lowerBound
    while pixel < pixels.upperBound {
      let (outputRow, start) = pixel.quotientAndRemainder(dividingBy: width)
      let end = min(width, start + pixels.upperBound - pixel)
      body(pixel - pixels.lowerBound, outputRow, start..<end)
      pixel += end - start
    }
  }

  /// Calls `body` with the outputs before and after `inside`.
  @inline(__always)
  private static func forEachBorder(of inside: Range<Int>, in outputs: Range<Int>, _ body: (_ output: Int) -> Void) {
    for output in outputs.lowerBound..<inside.lowerBound { body(output) }
    for output in inside.upperBound..<outputs.upperBound { body(output) }
  }

  /// Reads one tap of a run of outputs from an input row.
  @inline(__always)
  private static func packRun<Scalar: ConvolutionScalar>(
    _ destination: UnsafeMutablePointer<Scalar>, from source: UnsafePointer<Scalar>, map: AxisGeometry, tap: Int,
    interior: Range<Int>, outputs: Range<Int>
  ) {
    let inside = interior.clamped(to: outputs)
    forEachBorder(of: inside, in: outputs) { output in
      let index = map.source(tap: tap, output: output)
      unsafe destination[output - outputs.lowerBound] = index == AxisGeometry.zero ? 0 : source[index]
    }
    guard !inside.isEmpty else { return }
    let first = unsafe source + map.position(tap: tap, output: inside.lowerBound)
    let start = unsafe destination + (inside.lowerBound - outputs.lowerBound)
    if map.stride == 1 {
      unsafe start.update(from: first, count: inside.count)
    } else if map.stride == 2 {
      // A constant step lets the compiler shuffle whole vectors.
      for step in 0..<inside.count { unsafe start[step] = first[2 * step] }
    } else {
      for step in 0..<inside.count { unsafe start[step] = first[step * map.stride] }
    }
  }

  /// The adjoint of `packRun`.
  @inline(__always)
  private static func add<Scalar: ConvolutionScalar>(
    _ values: UnsafePointer<Scalar>, to target: UnsafeMutablePointer<Scalar>, map: AxisGeometry, tap: Int,
    interior: Range<Int>, outputs: Range<Int>
  ) {
    let inside = interior.clamped(to: outputs)
    forEachBorder(of: inside, in: outputs) { output in
      let index = map.source(tap: tap, output: output)
      if index != AxisGeometry.zero { unsafe target[index] += values[output - outputs.lowerBound] }
    }
    guard !inside.isEmpty else { return }
    let first = unsafe target + map.position(tap: tap, output: inside.lowerBound)
    let start = unsafe values + (inside.lowerBound - outputs.lowerBound)
    if map.stride == 1 {
      for step in 0..<inside.count { unsafe first[step] += start[step] }
    } else {
      for step in 0..<inside.count { unsafe first[step * map.stride] += start[step] }
    }
  }
}
