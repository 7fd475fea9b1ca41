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
    forEachRun(geometry, reduction: reduction, pixels: pixels) { run in
      let destination = unsafe columns + run.offset
      if let row = run.row {
        unsafe run.pack(destination, from: image + row)
      } else {
        unsafe destination.update(repeating: 0, count: run.outputs.count)
      }
    }
  }

  /// The adjoint of ``pack``: adds every scalar of a block of columns to the input pixel it would be read from.
  @safe static func scatter<Scalar: ConvolutionScalar>(
    _ columns: UnsafePointer<Scalar>, to image: UnsafeMutablePointer<Scalar>, geometry: ImageGeometry,
    reduction: Range<Int>, pixels: Range<Int>
  ) {
    forEachRun(geometry, reduction: reduction, pixels: pixels) { run in
      if let row = run.row { unsafe run.add(columns + run.offset, to: image + row) }
    }
  }

  /// Calls `body` with each run of a block, row by row of the column matrix.
  @inline(__always)
  private static func forEachRun(
    _ geometry: ImageGeometry, reduction: Range<Int>, pixels: Range<Int>, _ body: (Run) -> Void
  ) {
    let columns = geometry.columns
    for index in reduction {
      let (channel, tap) = index.quotientAndRemainder(dividingBy: geometry.taps)
      let (kernelRow, kernelColumn) = tap.quotientAndRemainder(dividingBy: columns.kernel)
      let start = (index - reduction.lowerBound) * pixels.count - pixels.lowerBound
      let interior = columns.interior(tap: kernelColumn)
      var pixel = pixels.lowerBound
      while pixel < pixels.upperBound {
        let (outputRow, first) = pixel.quotientAndRemainder(dividingBy: columns.output)
        let outputs = first..<min(columns.output, first + pixels.upperBound - pixel)
        let source = geometry.rows.source(tap: kernelRow, output: outputRow)
        body(
          Run(
            offset: start + pixel,
            row: source == AxisGeometry.zero ? nil : channel * geometry.inputPixels + source * columns.input,
            columns: columns, tap: kernelColumn, outputs: outputs, inside: interior.clamped(to: outputs)))
        pixel += outputs.count
      }
    }
  }

  /// What one tap reads for neighbouring outputs of one output row.
  private struct Run {
    /// Where it stands in the block of columns.
    let offset: Int
    /// Where the input row that it reads begins in the group's image; `nil` for zeros.
    let row: Int?
    let columns: AxisGeometry
    let tap: Int
    let outputs: Range<Int>
    /// The outputs that read neighbours inside the row.
    let inside: Range<Int>

    /// Where the first output inside stands in the run, and the column that it reads.
    private var start: (output: Int, column: Int) {
      (inside.lowerBound - outputs.lowerBound, columns.position(tap: tap, output: inside.lowerBound))
    }

    /// Calls `body` with each output before and after those inside, counted from the run's first, and the column that it
    /// reads; `nil` for a zero.
    @inline(__always)
    private func forEachOnBorder(_ body: (_ output: Int, _ column: Int?) -> Void) {
      func visit(_ border: Range<Int>) {
        for output in border {
          let column = columns.source(tap: tap, output: output)
          body(output - outputs.lowerBound, column == AxisGeometry.zero ? nil : column)
        }
      }
      visit(outputs.lowerBound..<inside.lowerBound)
      visit(inside.upperBound..<outputs.upperBound)
    }

    /// Reads the run from an input row.
    @inline(__always)
    func pack<Scalar: ConvolutionScalar>(_ run: UnsafeMutablePointer<Scalar>, from row: UnsafePointer<Scalar>) {
      forEachOnBorder { output, column in unsafe run[output] = column.map { unsafe row[$0] } ?? 0 }
      guard !inside.isEmpty else { return }
      let (source, target) = unsafe (row + start.column, run + start.output)
      if columns.stride == 1 {
        unsafe target.update(from: source, count: inside.count)
      } else if columns.stride == 2 {
        // A constant step lets the compiler shuffle whole vectors.
        for step in 0..<inside.count { unsafe target[step] = source[2 * step] }
      } else {
        for step in 0..<inside.count { unsafe target[step] = source[step * columns.stride] }
      }
    }

    /// The adjoint of ``pack``: adds the run to an input row.
    @inline(__always)
    func add<Scalar: ConvolutionScalar>(_ run: UnsafePointer<Scalar>, to row: UnsafeMutablePointer<Scalar>) {
      forEachOnBorder { output, column in if let column { unsafe row[column] += run[output] } }
      guard !inside.isEmpty else { return }
      let (target, source) = unsafe (row + start.column, run + start.output)
      if columns.stride == 1 {
        for step in 0..<inside.count { unsafe target[step] += source[step] }
      } else {
        for step in 0..<inside.count { unsafe target[step * columns.stride] += source[step] }
      }
    }
  }
}
