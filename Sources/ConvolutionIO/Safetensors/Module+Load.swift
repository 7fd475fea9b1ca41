public import Convolution

extension Module {
  /// Replaces the parameters' values by those in a file: all of them or, when it throws, none.
  ///
  /// - Parameters:
  ///   - file: The file to read from.
  ///   - prefix: What stands before this module's names in the file, as in `"features.0."`. Other tensors are passed over.
  ///   - strict: Whether missing and unexpected names are errors. A wrong shape always is. Tensors under unexpected names
  ///     are not read when this is false, so that they may be of any type.
  /// - Throws: `FileFormatError`; an entry that does not fit the module is its case
  ///   `convolution(path:_:)`.
  public mutating func load(
    _ file: SafetensorsFile, prefix: String = "", strict: Bool = true
  ) throws(FileFormatError) {
    let expected = stateDictionary
    let values: [String: Tensor<Scalar>] = try file.tensors(prefix: prefix) { strict || expected[$0] != nil }
    do throws(ConvolutionError) {
      try load(values, strict: strict)
    } catch {
      throw .convolution(path: file.path, error)
    }
  }
}
