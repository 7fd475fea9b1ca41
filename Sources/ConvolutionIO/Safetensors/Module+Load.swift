public import Convolution

extension Module {
  /// Replaces the parameters' values by those in a file: all of them or, when it throws, none.
  ///
  /// Names and shapes are compared with those of the module before any tensor is read, so that tensors under unexpected names
  /// may be of any type and cost nothing.
  ///
  /// - Parameters:
  ///   - file: The file to read from.
  ///   - prefix: What stands before this module's names in the file, as in `"features.0."`. Other tensors are passed over.
  ///   - strict: Whether missing and unexpected names are errors. A wrong shape always is.
  /// - Returns: The module's names that the file does not hold, and the file's names, after the prefix, that the module
  ///   does not have. Without `strict`, look at them: a wrong prefix loads nothing.
  /// - Throws: `FileFormatError`; entries that do not fit the module, all of them at once, are its case
  ///   `convolution(path:_:)`.
  @discardableResult
  public mutating func load(
    _ file: SafetensorsFile, prefix: String = "", strict: Bool = true
  ) throws(FileFormatError) -> IncompatibleNames {
    let entries = file.entries(prefix: prefix)
    @discardableResult
    func inFile<Result>(_ body: () throws(ConvolutionError) -> Result) throws(FileFormatError) -> Result {
      do throws(ConvolutionError) {
        return try body()
      } catch {
        throw .convolution(path: file.path, error)
      }
    }
    let names = try inFile { () throws(ConvolutionError) in try check(entries.mapValues(\.shape), strict: strict) }
    var values: [String: Tensor<Scalar>] = [:]
    for name in Set(entries.keys).subtracting(names.unexpected) { values[name] = try file.tensor(entries[name]!.name) }
    try inFile { () throws(ConvolutionError) in try load(values, strict: strict) }
    return names
  }
}
