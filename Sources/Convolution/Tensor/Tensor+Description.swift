extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
  /// The scalars in rows and columns, as NumPy prints an array: brackets for each dimension, numbers aligned at the point,
  /// eight digits after it at most. Of more than 1,000 scalars the first and last three along each dimension are shown.
  ///
  ///     [[ 0.5  -1.    2.25]
  ///      [ 3.    4.    5.  ]]
  public var description: String { TensorText(self).text }

  /// The scalar type and the shape, then ``description`` on the lines below.
  public var debugDescription: String { "Tensor<\(Scalar.self)> of shape \(shape):\n\(description)" }
}

/// The text of a tensor, by the rules of NumPy's
/// [`array2string`](https://numpy.org/doc/stable/reference/generated/numpy.array2string.html).
private struct TensorText<Scalar: ConvolutionScalar> {
  /// How many scalars are shown in full.
  private static var threshold: Int { 1000 }
  /// How many entries are shown at either end of an axis that is shortened.
  private static var edge: Int { 3 }
  private static var lineWidth: Int { 75 }

  private let tensor: Tensor<Scalar>
  private let isShortened: Bool
  /// For each axis, the positions that are shown.
  private let shown: [[Int]]
  private var column = NumberColumn<Scalar>([])

  init(_ tensor: Tensor<Scalar>) {
    self.tensor = tensor
    let isShortened = tensor.count > Self.threshold
    self.isShortened = isShortened
    shown = tensor.shape.map { extent in
      isShortened && extent > 2 * Self.edge
        ? Array(0..<Self.edge) + Array(extent - Self.edge..<extent) : Array(0..<(tensor.count == 0 ? 0 : extent))
    }
    column = NumberColumn(numbers(axis: 0, offset: 0))
  }

  var text: String {
    tensor.count == 0 ? "[]" : text(axis: 0, offset: 0, indent: " ", width: Self.lineWidth)
  }

  private func numbers(axis: Int, offset: Int) -> [Scalar] {
    guard tensor.count > 0 else { return [] }
    guard axis < shown.count else { return [tensor.span[offset]] }
    return shown[axis].flatMap { numbers(axis: axis + 1, offset: offset * tensor.shape[axis] + $0) }
  }

  /// Everything below one position along the axes before `axis`; lines after the first begin with `indent`.
  private func text(axis: Int, offset: Int, indent: String, width: Int) -> String {
    guard axis < shown.count else { return column.text(of: tensor.span[offset]) }
    let extent = tensor.shape[axis]
    var words = shown[axis].map {
      text(axis: axis + 1, offset: offset * extent + $0, indent: indent + " ", width: width - 1)
    }
    if words.count < extent { words.insert("...", at: Self.edge) }
    let isRow = axis == shown.count - 1
    let separator = String(repeating: "\n", count: shown.count - 1 - axis) + indent
    return "[\(isRow ? wrapped(words, indent: indent, width: width - 1) : words.joined(separator: separator))]"
  }

  /// The words with spaces between them, on as many lines as they need.
  private func wrapped(_ words: [String], indent: String, width: Int) -> String {
    var lines: [String] = []
    var line = ""
    for word in words {
      let length = indent.count + line.count + (line.isEmpty ? 0 : 1) + word.count
      if !line.isEmpty, length > width {
        lines.append(String(line.reversed().drop { $0 == " " }.reversed()))
        line = word
      } else {
        line += (line.isEmpty ? "" : " ") + word
      }
    }
    return (lines + [line]).joined(separator: "\n\(indent)")
  }
}
