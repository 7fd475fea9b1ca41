extension RawRepresentable where Self: CaseIterable, RawValue == String {
  /// The case of this name.
  ///
  /// - Parameter parameter: What the name was given for, for the error.
  /// - Throws: ``ConvolutionError/unknownName(parameter:supported:actual:)`` for any other name.
  package init(named name: String, parameter: String) throws(ConvolutionError) {
    guard let named = Self(rawValue: name) else {
      throw .unknownName(parameter: parameter, supported: Self.allCases.map(\.rawValue), actual: name)
    }
    self = named
  }
}
