import Foundation

/// One JSON object at the end of the run.
struct JSONReporter: Reporter {
  private struct SuiteResult: Codable {
    var name: String
    var measurements: [Measurement] = []
    var skipped: [String: String] = [:]
    var network: NetworkSummary?
  }

  private struct Report: Codable {
    var header: RunHeader
    var suites: [SuiteResult] = []
    var peaksAtEnd: Peaks?
  }

  private var report: Report?

  mutating func begin(_ header: RunHeader) {
    report = Report(header: header)
  }

  mutating func beginSuite(_ suite: Suite) {
    report?.suites.append(SuiteResult(name: suite.name))
  }

  mutating func add(_ measurement: Measurement) {
    change { $0.measurements.append(measurement) }
  }

  mutating func skip(_ layer: LayerDescription, reason: String) {
    change { $0.skipped[layer.name] = reason }
  }

  mutating func add(_ summary: NetworkSummary) {
    change { $0.network = summary }
  }

  mutating func end(peaks: Peaks) throws {
    report?.peaksAtEnd = peaks
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    printLine(String(decoding: try encoder.encode(report), as: UTF8.self))
  }

  private mutating func change(_ body: (inout SuiteResult) -> Void) {
    guard let last = report?.suites.indices.last else { return }
    body(&report!.suites[last])
  }
}
