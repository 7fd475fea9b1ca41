import Convolution

/// Measures the layers of some suites one after the other.
struct Race<Scalar: GemmScalar> {
  let suites: [Suite]
  let settings: Settings

  /// - Returns: The names of the layers whose error is over its bound.
  func run(_ reporter: inout any Reporter) throws -> [String] {
    let progress = ProgressBar(total: suites.reduce(0) { $0 + $1.layers.count })
    progress.show(0, "peaks")
    let peaks = Peaks.measure(Scalar.self, threads: settings.threads)
    progress.clear()
    reporter.begin(
      RunHeader(
        scalar: "\(Scalar.self)", algorithm: settings.algorithm.rawValue, precision: settings.precision.rawValue,
        pass: settings.isBackward ? "backward" : "forward", threads: settings.threads, gemm: Scalar.gemmName,
        peaks: peaks))

    var known: [LayerDescription: Measurement] = [:]
    var exceeded: [String] = []
    var done = 0
    for suite in suites {
      reporter.beginSuite(suite)
      var measurements: [Measurement] = []
      for layer in suite.layers {
        progress.show(done, "\(suite.name): \(layer.name)")
        do {
          var measurement =
            try known[layer.geometry] ?? LayerBenchmark<Scalar>(layer, settings: settings).measure()
          known[layer.geometry] = measurement
          measurement.layer = layer
          measurements.append(measurement)
          if measurement.error.isExceeded { exceeded.append("\(suite.name): \(layer.name)") }
          progress.clear()
          reporter.add(measurement)
        } catch ConvolutionError.algorithmUnavailable(_, let reason) {
          progress.clear()
          reporter.skip(layer, reason: reason)
        }
        done += 1
      }
      if suite.isNetwork && measurements.count == suite.layers.count {
        reporter.add(NetworkSummary(name: suite.name, measurements))
      }
    }
    progress.show(done, "peaks")
    let peaksAtEnd = Peaks.measure(Scalar.self, threads: settings.threads)
    progress.clear()
    try reporter.end(peaks: peaksAtEnd)
    return exceeded
  }
}
