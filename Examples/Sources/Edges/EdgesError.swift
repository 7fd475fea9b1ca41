/// What a user's arguments can do wrong, in one line each.
enum EdgesError: Error, Equatable, CustomStringConvertible {
  case kernel(text: String, reason: String)
  case scale(Int)
  case tooSmall(expected: Int, width: Int, height: Int)

  var description: String {
    switch self {
    case .kernel(let text, let reason):
      "kernel: expected rows of numbers such as \"0 1 0; 1 -4 1; 0 1 0\", got \(reason) in \(text.debugDescription)"
    case .scale(let scale): "scale: expected 1 to 32, got \(scale)"
    case .tooSmall(let expected, let width, let height):
      "sheet: expected a picture of at least \(expected) x \(expected) pixels, got \(width) x \(height)"
    }
  }
}
