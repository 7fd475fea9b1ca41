import CConvolutionKernels

/// An image's ``BorderMap``s as tables for the kernels that read the input without im2col: where each row that a block of
/// output rows reads comes from, and where the columns of a row lie once it is staged.
///
/// A staged row holds every column that is read, borders included, so that neighbouring outputs read neighbouring scalars.
/// Taps whose distance is a multiple of the stride read the same columns, shifted: they share them, unless they are so far
/// apart that sharing would leave a gap.
struct KernelBorders: Sendable {
  private let rows, columns: BorderMap
  /// Whether rows are staged, or read as they lie: with zeros outside and the columns that an output reads 1 or 2 apart.
  private let stagesRows: Bool
  private let rowStep, kernelRowStep: Int

  /// - Parameter rowsPerBlock: Output rows that a kernel takes at a time.
  init(_ image: ImageGeometry, rowsPerBlock: Int, stagesRows: Bool) {
    rows = image.rows
    columns = image.columns
    self.stagesRows = stagesRows
    // Numbers for the block's input rows: by their distance where that makes fewer, else one for each pair.
    let pairs = rowsPerBlock * rows.kernel
    let (outputs, isLong) = (rowsPerBlock - 1).multipliedReportingOverflow(by: rows.stride)
    let (span, isLonger) = outputs.addingReportingOverflow((rows.kernel - 1) * rows.dilation)
    let areShared = !isLong && !isLonger && span < pairs
    rowStep = areShared ? rows.stride : rows.kernel
    kernelRowStep = areShared ? rows.dilation : 1
  }

  /// Taps with a common divisor of their distances and the stride: tap `t` is the `t / period`-th of class `t % period`.
  private var period: Int { columns.stride / commonDivisor }
  /// Scalars between two neighbouring taps of a class.
  private var tapStep: Int { columns.dilation / commonDivisor }
  private var sharesColumns: Bool { tapStep <= columns.output }

  private var commonDivisor: Int {
    var (a, b) = (columns.stride, columns.dilation)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }

  /// The runs of equidistant columns that make up a staged row, in order: where each begins, and the tap and the outputs,
  /// beyond the last one too, that read it.
  private var segments: [(target: Int, tap: Int, count: Int)] {
    var segments: [(target: Int, tap: Int, count: Int)] = []
    var target = 0
    for tap in 0..<(sharesColumns ? min(period, columns.kernel) : columns.kernel) {
      let shared = sharesColumns ? (columns.kernel - 1 - tap) / period * tapStep : 0
      segments.append((target, tap, shared + columns.output))
      target += shared + columns.output
    }
    return segments
  }

  private var stagedWidth: Int {
    guard stagesRows, let last = segments.last else { return 0 }
    return last.target + last.count
  }

  /// Integers that the tables take at most.
  var count: Int {
    rows.kernel * rows.output + columns.kernel + stagedWidth * MemoryLayout<ConvolutionColumnRun>.stride
      / MemoryLayout<Int>.stride
  }

  /// The maps without their tables, enough to ask for sizes.
  var maps: (rows: ConvolutionRowMap, columns: ConvolutionColumnMap) {
    unsafe (
      ConvolutionRowMap(
        outputHeight: rows.output, kernelHeight: rows.kernel, sources: nil, step: rowStep, kernelStep: kernelRowStep),
      ConvolutionColumnMap(
        outputWidth: columns.output, kernelWidth: columns.kernel, offsets: nil, stagedWidth: stagedWidth, runs: nil,
        runCount: 0)
    )
  }

  /// The maps, with their tables in `memory`, which has room for ``count`` integers.
  @unsafe func maps(
    in memory: UnsafeMutablePointer<Int>
  ) -> (rows: ConvolutionRowMap, columns: ConvolutionColumnMap) {
    var maps = unsafe maps
    for tap in 0..<rows.kernel {
      for output in 0..<rows.output {
        unsafe memory[tap * rows.output + output] = rows.source(tap: tap, output: output)
      }
    }
    unsafe maps.rows.sources = UnsafePointer(memory)
    let offsets = unsafe memory + rows.kernel * rows.output
    let segments = stagesRows ? segments : []
    for tap in 0..<columns.kernel {
      unsafe offsets[tap] =
        !stagesRows
        ? columns.position(tap: tap, output: 0)
        : sharesColumns ? segments[tap % period].target + tap / period * tapStep : segments[tap].target
    }
    unsafe maps.columns.offsets = UnsafePointer(offsets)
    let runs = unsafe UnsafeMutableRawPointer(offsets + columns.kernel).assumingMemoryBound(
      to: ConvolutionColumnRun.self)
    for segment in segments {
      for output in 0..<segment.count {
        let source = columns.source(tap: segment.tap, output: output)
        unsafe append(source, at: segment.target + output, to: runs, &maps.columns.runCount)
      }
    }
    unsafe maps.columns.runs = UnsafePointer(runs)
    return unsafe maps
  }

  /// Adds one column of a staged row: to the last run where it continues that, or as a new one.
  private func append(
    _ source: Int, at target: Int, to runs: UnsafeMutablePointer<ConvolutionColumnRun>, _ count: inout Int
  ) {
    if count > 0 {
      let last = unsafe runs[count - 1]
      let isZero = source == BorderMap.zero
      if isZero == (last.source == BorderMap.zero) {
        let step = isZero ? 0 : last.count == 1 ? source - last.source : last.step
        if isZero || source == last.source + last.count * step {
          unsafe runs[count - 1].step = step
          unsafe runs[count - 1].count += 1
          return
        }
      }
    }
    unsafe runs[count] = ConvolutionColumnRun(target: target, count: 1, source: source, step: 0)
    count += 1
  }
}
