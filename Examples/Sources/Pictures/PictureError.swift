/// What can be wrong with a picture's file, in one line each.
package enum PictureError: Error, Equatable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case tooLarge(path: String, limit: Int, width: Int, height: Int)
  case unwritable(path: String, reason: String)

  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): expected a PNG picture, got \"\(reason)\""
    case .tooLarge(let path, let limit, let width, let height):
      "\(path): expected at most \(limit) pixels, got \(width) x \(height)"
    case .unwritable(let path, let reason): "\(path): expected to write a picture, got \"\(reason)\""
    }
  }
}
