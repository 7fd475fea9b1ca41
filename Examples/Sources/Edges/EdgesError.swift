/// What a user's files and arguments can do wrong, in one line each.
enum EdgesError: Error, Equatable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case tooLarge(path: String, width: Int, height: Int)
  case unwritable(path: String, reason: String)
  case kernel(text: String, reason: String)
  case scale(Int)
  case tooSmall(expected: Int, width: Int, height: Int)

  var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): expected a PNG picture, got \"\(reason)\""
    case .tooLarge(let path, let width, let height):
      "\(path): expected at most \(PNGFile.largestPixelCount) pixels, got \(width) x \(height)"
    case .unwritable(let path, let reason): "\(path): expected to write a picture, got \"\(reason)\""
    case .kernel(let text, let reason):
      "kernel: expected rows of numbers such as \"0 1 0; 1 -4 1; 0 1 0\", got \(reason) in \(text.debugDescription)"
    case .scale(let scale): "scale: expected 1 to 32, got \(scale)"
    case .tooSmall(let expected, let width, let height):
      "sheet: expected a picture of at least \(expected) x \(expected) pixels, got \(width) x \(height)"
    }
  }
}
