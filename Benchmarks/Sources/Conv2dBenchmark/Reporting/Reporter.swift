/// The sum over a network's convolutions, each as often as it occurs.
struct NetworkSummary: Codable, Sendable {
  var name: String
  var layers: Int
  var naiveSeconds, seconds, operations: Double

  init(name: String, _ measurements: [Measurement]) {
    func sum(_ value: (Measurement) -> Double) -> Double {
      measurements.reduce(0) { $0 + Double($1.layer.times ?? 1) * value($1) }
    }
    self.name = name
    layers = Int(sum { _ in 1 })
    naiveSeconds = sum { $0.naiveSeconds }
    seconds = sum { $0.timing.median }
    operations = sum { $0.operations }
  }
}

/// Receives a run as it goes.
protocol Reporter {
  mutating func begin(_ header: RunHeader)
  mutating func beginSuite(_ suite: Suite)
  mutating func add(_ measurement: Measurement)
  /// A layer that a forced algorithm cannot compute.
  mutating func skip(_ layer: LayerDescription, reason: String)
  mutating func add(_ summary: NetworkSummary)
  mutating func end(peaks: Peaks) throws
}
