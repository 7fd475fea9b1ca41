import Convolution

/// A kernel as it is typed: `0 1 0; 1 -4 1; 0 1 0`.
enum KernelText {
  /// The matrix that the text stands for, as `[height, width]`. Numbers are separated by spaces or commas, rows by
  /// semicolons or line breaks.
  static func kernel(_ text: String) throws -> Tensor<Float> {
    let rows = try text.split { $0 == ";" || $0.isNewline }.map { row in
      try row.split { $0 == "," || $0.isWhitespace }.map { word in
        guard let number = Float(word), number.isFinite else {
          throw EdgesError.kernel(text: text, reason: "\(String(word).debugDescription)")
        }
        return number
      }
    }
    let width = rows.first?.count ?? 0
    guard width > 0 else { throw EdgesError.kernel(text: text, reason: "no numbers") }
    guard rows.allSatisfy({ $0.count == width }) else {
      throw EdgesError.kernel(text: text, reason: "rows of \(Set(rows.map(\.count)).sorted()) numbers")
    }
    return try Tensor(shape: [rows.count, width], scalars: rows.joined())
  }
}
