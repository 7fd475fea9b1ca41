/// The names on which a module and a state dictionary differ.
///
/// ```swift
/// let saved = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3, bias: false)
/// var layer = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3)
/// let names = try layer.load(saved.stateDictionary, strict: false)
/// print(names.missing, names.unexpected)     // ["bias"] []
/// ```
public struct IncompatibleNames: Sendable, Hashable {
  /// The module's names that the state dictionary does not have, in the order of ``Module/forEachParameter(_:)``.
  public let missing: [String]
  /// The state dictionary's names that the module does not have, in ascending order.
  public let unexpected: [String]
}

extension Module {
  /// Replaces the parameters' values: all of them or, when it throws, none.
  ///
  /// - Parameters:
  ///   - stateDictionary: Values by the names that ``Module/forEachParameter(_:)`` gives.
  ///   - strict: Whether missing and unexpected names are errors. A wrong shape always is.
  /// - Returns: The missing and the unexpected names. Without `strict`, look at them: under a wrong prefix nothing is loaded.
  /// - Throws: ``ConvolutionError/stateDictionaryMismatch(missing:unexpected:misshaped:)`` with every entry that does not
  ///   fit.
  @discardableResult
  public mutating func load(
    _ stateDictionary: [String: Tensor<Scalar>], strict: Bool
  ) throws(ConvolutionError) -> IncompatibleNames {
    let names = compare(stateDictionary.mapValues(\.shape)).names
    // The requirement, which a module may fulfil in a way of its own, is the one without a result.
    try load(stateDictionary, strict: strict) as Void
    return names
  }

  /// Holds entries, by their names and shapes, against the parameters.
  ///
  /// - Throws: ``ConvolutionError/stateDictionaryMismatch(missing:unexpected:misshaped:)`` with every entry that does not
  ///   fit; names only where `strict`.
  @discardableResult
  package mutating func check(_ shapes: [String: [Int]], strict: Bool) throws(ConvolutionError) -> IncompatibleNames {
    let (names, misshaped) = compare(shapes)
    guard misshaped.isEmpty && (!strict || names.missing.isEmpty && names.unexpected.isEmpty) else {
      throw .stateDictionaryMismatch(
        missing: strict ? names.missing : [], unexpected: strict ? names.unexpected : [], misshaped: misshaped)
    }
    return names
  }

  private mutating func compare(
    _ shapes: [String: [Int]]
  ) -> (names: IncompatibleNames, misshaped: [ConvolutionError.MisshapedEntry]) {
    var missing: [String] = []
    var misshaped: [ConvolutionError.MisshapedEntry] = []
    var unexpected = Set(shapes.keys)
    forEachParameter { name, parameter in
      unexpected.remove(name)
      guard let shape = shapes[name] else { return missing.append(name) }
      if shape != parameter.value.shape {
        misshaped.append(.init(name: name, expected: parameter.value.shape, actual: shape))
      }
    }
    return (IncompatibleNames(missing: missing, unexpected: unexpected.sorted()), misshaped)
  }
}
