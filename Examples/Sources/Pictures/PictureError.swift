/// What can be wrong with files and arguments, in one line each.
package enum PictureError: Error, Equatable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case tooLarge(path: String, limit: Int, width: Int, height: Int)
  case unwritable(path: String, reason: String)
  case argument(name: String, expected: String, actual: String)
  case otherNetwork(path: String, name: String, expected: Int, actual: Int, common: Int)

  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): expected a PNG picture, got \"\(reason)\""
    case .tooLarge(let path, let limit, let width, let height):
      "\(path): expected at most \(limit) pixels, got \(width) x \(height)"
    case .unwritable(let path, let reason): "\(path): expected to write a picture, got \"\(reason)\""
    case .argument(let name, let expected, let actual): "--\(name): expected \(expected), got \(actual)"
    case .otherNetwork(let path, let name, let expected, let actual, let common):
      "\(path): expected the \(expected) tensors of \(name), got \(actual), of which \(common) have their names"
    }
  }
}
