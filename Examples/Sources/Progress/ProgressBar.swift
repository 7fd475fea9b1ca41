import Foundation

/// A line on the terminal that shows how far a work has come; nothing where standard error is no terminal.
package struct ProgressBar {
  let label: String
  let total: Int
  private let isShown = isatty(STDERR_FILENO) == 1
  private let start = ContinuousClock.now
  private var shownPercent = -1

  private static let width = 32

  package init(label: String, total: Int) {
    self.label = label
    self.total = total
  }

  /// Shows that `done` of the total are done, with a note such as the mean loss so far; draws only what has visibly changed.
  package mutating func show(done: Int, note: String = "") {
    let percent = 100 * done / total
    guard isShown, percent != shownPercent else { return }
    shownPercent = percent
    let filled = Self.width * done / total
    let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: Self.width - filled)
    let elapsed = start.duration(to: .now)
    let remaining = elapsed * (Double(total - done) / Double(done))
    write("\r\(label) \(bar) \(percent) %  \(note)  \(remaining.components.seconds) s left \u{1B}[K")
  }

  /// Takes the line away and leaves a note of the time in its place.
  package func finish() {
    let seconds = start.duration(to: .now) / .seconds(1)
    if isShown { write("\r\u{1B}[K") }
    write("\(label) took \(seconds.fixed(1)) s\n")
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}

extension Double {
  /// The number with so many digits after the point, rounded to nearest.
  package func fixed(_ digits: Int) -> String {
    String(format: "%.\(digits)f", self)
  }
}
