import Foundation

/// A bar on standard error, where that is a terminal; nothing elsewhere.
struct ProgressBar {
  private let total: Int
  private let isShown: Bool
  private static let width = 30

  init(total: Int) {
    self.total = total
    isShown = isatty(STDERR_FILENO) == 1
  }

  /// Shows what is being done.
  func show(_ done: Int, _ label: String) {
    guard isShown else { return }
    let filled = total == 0 ? 0 : Self.width * done / total
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
    write("\r\u{1B}[K[\(bar)] \(done)/\(total) \(label)")
  }

  /// Takes the bar away, before a line is printed in its place.
  func clear() {
    if isShown { write("\r\u{1B}[K") }
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
