import Foundation

/// A table for each suite, row by row as the figures come: aligned for a terminal, or in Markdown.
struct TextReporter: Reporter {
  enum Style {
    case table, markdown
  }

  let style: Style
  private var peak = 0.0

  init(_ style: Style) {
    self.style = style
  }

  private static let titles = [
    "layer", "naive ms", "Conv2d ms", "speed-up", "GFLOP/s", "of peak", "error", "bound", "first ms",
  ]
  private static let widths = [26, 11, 10, 9, 8, 8, 6, 6, 9]

  mutating func begin(_ header: RunHeader) {
    peak = header.peaks.multiplyAdds
    for line in header.lines { printLine(style == .markdown ? "- \(line)" : line) }
  }

  func beginSuite(_ suite: Suite) {
    printLine(style == .markdown ? "\n### \(suite.name)\n" : "\n\(suite.name)")
    printRow(Self.titles)
    if style == .markdown { printLine("|---|" + Self.titles.dropFirst().map { _ in "---:|" }.joined()) }
  }

  func add(_ measurement: Measurement) {
    let mark = measurement.naiveShare < 1 ? "~" : ""
    let verdict = measurement.error.isExceeded ? "!" : ""
    printRow([
      measurement.layer.name,
      mark + milliseconds(measurement.naiveSeconds),
      milliseconds(measurement.timing.median),
      formatted(measurement.speedup, digits: 1) + "x",
      formatted(measurement.operationsPerSecond / 1e9, digits: 1),
      percentage(measurement.operationsPerSecond),
      formatted(measurement.error.value, digits: 1) + verdict,
      formatted(measurement.error.bound, digits: 0),
      milliseconds(measurement.timing.first),
    ])
  }

  func skip(_ layer: LayerDescription, reason: String) {
    printRow([layer.name, "–", "–", "–", "–", "–", "–", "–", "–"])
  }

  func add(_ summary: NetworkSummary) {
    printRow([
      "all \(summary.layers) convolutions", "~" + milliseconds(summary.naiveSeconds),
      milliseconds(summary.seconds), formatted(summary.naiveSeconds / summary.seconds, digits: 1) + "x",
      formatted(summary.operations / summary.seconds / 1e9, digits: 1),
      percentage(summary.operations / summary.seconds), "", "", "",
    ])
  }

  func end(peaks: Peaks) {
    printLine("\nPeaks at the end of the run: \(peaks.text) by matrix products")
  }

  private func milliseconds(_ seconds: Double) -> String {
    formatted(seconds * 1e3, digits: seconds < 0.1 ? 3 : 1)
  }

  private func percentage(_ operationsPerSecond: Double) -> String {
    formatted(100 * operationsPerSecond / peak, digits: 0) + " %"
  }

  private func printRow(_ cells: [String]) {
    switch style {
    case .markdown: printLine("| " + cells.joined(separator: " | ") + " |")
    case .table:
      let padded = zip(cells, Self.widths).enumerated().map { index, cell in
        let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
        return index == 0 ? cell.0 + space : space + cell.0
      }
      printLine(padded.joined(separator: " "))
    }
  }
}
