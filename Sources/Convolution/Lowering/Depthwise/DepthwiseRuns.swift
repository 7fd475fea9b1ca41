import CConvolutionKernels

/// One axis of a depthwise layer as its gradient kernels read it: for each tap the outputs that read inside the input,
/// one run, and those that read a padding which is a copy of it, one by one.
struct DepthwiseRuns {
  private let first: [Int]
  private let runs: [ConvolutionRun]

  /// - Parameter place: Where the kernel finds an input index.
  init(_ map: BorderMap, place: (Int) -> Int) {
    var first = [0]
    var runs: [ConvolutionRun] = []
    for tap in 0..<map.kernel {
      let interior = map.interior(tap: tap)
      if !interior.isEmpty {
        let source = place(map.position(tap: tap, output: interior.lowerBound))
        runs.append(ConvolutionRun(output: interior.lowerBound, source: source, count: interior.count))
      }
      if map.mode != .zeros {
        for output in [0..<interior.lowerBound, interior.upperBound..<map.output].joined() {
          let source = place(map.source(tap: tap, output: output))
          runs.append(ConvolutionRun(output: output, source: source, count: 1))
        }
      }
      first.append(runs.count)
    }
    self.first = first
    self.runs = runs
  }

  /// Whether the runs of an axis take little memory.
  static func areFew(_ map: BorderMap) -> Bool {
    guard map.mode != .zeros else { return true }
    let (borders, overflow) = map.kernel.multipliedReportingOverflow(by: map.output)
    return !overflow && borders <= 1 << 16
  }

  /// Lends `body` the runs for as long as it takes.
  @safe func lend<R>(_ body: (ConvolutionRuns) throws(ConvolutionError) -> R) throws(ConvolutionError) -> R {
    unsafe try first.withUnsafeBufferPointer { first throws(ConvolutionError) in
      unsafe try runs.withUnsafeBufferPointer { runs throws(ConvolutionError) in
        unsafe try body(ConvolutionRuns(kernel: first.count - 1, first: first.baseAddress, runs: runs.baseAddress))
      }
    }
  }
}
