/// What can be wrong with a caller's values, and memory that cannot be allocated. Every case carries the offending values;
/// its description says what was expected and what came.
///
/// Print or log an error as `"\(error)"`. Cases may be added in any version: a `switch` over an error needs a `default`.
///
/// ```swift
/// do {
///   _ = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 0)
/// } catch {
///   print(error)     // kernelSize: expected 1 or more, got 0, 0
/// }
/// ```
#if compiler(>=6.3)
  @nonexhaustive
#endif
public enum ConvolutionError: Error, Sendable, Hashable {
  /// A number, or one of a group of numbers that belong together, lies outside its range.
  case valueOutOfRange(name: String, expected: String, actual: [Int])
  /// The groups do not divide both channel counts.
  case groupsDoNotDivide(groups: Int, inputChannels: Int, outputChannels: Int)
  /// Padding `same` was asked for with a stride other than 1.
  case samePaddingWithStride(Size2d)
  /// An unknown name.
  case unknownName(parameter: String, supported: [String], actual: String)
  /// A tensor of the wrong shape. `expected` may name dimensions by letters, as in `[N, 3, H, W]`.
  case shapeMismatch(name: String, expected: String, actual: [Int])
  /// A sequence of scalars does not fill a shape. Counting stops one past `expected`, because a sequence may be endless.
  case scalarCountMismatch(shape: [Int], expected: Int, actual: Int)
  /// The kernel, spread by its dilation, is larger than the padded input along `axis` ("height" or "width").
  case kernelExceedsInput(axis: String, kernelExtent: Int, paddedInput: Int)
  /// A padding mode cannot fill this much padding from an input of this size.
  case paddingExceedsInput(mode: PaddingMode, edge: String, limit: Int, actual: Int)
  /// A size is too large for a 64-bit integer. `operands` are the numbers whose product or sum it is.
  case sizeOverflow(name: String, operands: [Int])
  /// The system could not allocate this much memory.
  case outOfMemory(byteCount: Int)
  /// Entries of a state dictionary that do not fit the module; all of them at once.
  case stateDictionaryMismatch(missing: [String], unexpected: [String], misshaped: [MisshapedEntry])
  /// A forced algorithm cannot compute this layer.
  case algorithmUnavailable(ConvolutionAlgorithm, reason: String)
  /// A number that is not whole, or a combination of settings, lies outside its range.
  case invalidSetting(name: String, expected: String, actual: String)
  /// Two modules of one container, or two parameters of one module, have the same name.
  case duplicateName(String)
  /// A module that defines no backward pass was asked for one.
  case backwardUnavailable(module: String)

  /// An entry of a state dictionary whose shape is not the parameter's.
  public struct MisshapedEntry: Sendable, Hashable {
    /// The entry's name, as in `features.0.weight`.
    public var name: String
    /// The parameter's shape.
    public var expected: [Int]
    /// The entry's shape.
    public var actual: [Int]

    /// Creates an entry from its name and the two shapes.
    public init(name: String, expected: [Int], actual: [Int]) {
      self.name = name
      self.expected = expected
      self.actual = actual
    }
  }
}

extension ConvolutionError: CustomStringConvertible {
  /// One sentence: what was expected, and what came.
  public var description: String {
    switch self {
    case .valueOutOfRange(let name, let expected, let actual):
      return "\(name): expected \(expected), got \(actual.map(String.init).joined(separator: ", "))"
    case .groupsDoNotDivide(let groups, let inputChannels, let outputChannels):
      return "groups: expected a divisor of \(inputChannels) input channels and \(outputChannels) output channels, "
        + "got \(groups)"
    case .samePaddingWithStride(let stride):
      return "padding: \"same\" expects stride (1, 1), got \(stride)"
    case .unknownName(let parameter, let supported, let actual):
      let names = supported.map { "\"\($0)\"" }.joined(separator: ", ")
      return "\(parameter): expected \(supported.count == 1 ? names : "one of \(names)"), got \"\(actual)\""
    case .shapeMismatch(let name, let expected, let actual):
      return "\(name): expected shape \(expected), got \(actual)"
    case .scalarCountMismatch(let shape, let expected, let actual):
      return "scalars: shape \(shape) expects \(expected), got \(actual > expected ? "more" : String(actual))"
    case .kernelExceedsInput(let axis, let kernelExtent, let paddedInput):
      return "\(axis): expected a padded input of at least \(kernelExtent), the dilated kernel's extent, "
        + "got \(paddedInput)"
    case .paddingExceedsInput(let mode, let edge, let limit, let actual):
      return "padding: mode \(mode.rawValue) expects at most \(limit) at the \(edge) of this input, got \(actual)"
    case .sizeOverflow(let name, let operands):
      return "\(name): expected a size that fits 64 bits, got one computed from "
        + operands.map(String.init).joined(separator: ", ")
    case .outOfMemory(let byteCount):
      return "memory: expected \(byteCount) bytes, got none"
    case .stateDictionaryMismatch(let missing, let unexpected, let misshaped):
      var parts: [String] = []
      if !missing.isEmpty { parts.append("missing \(missing.joined(separator: ", "))") }
      if !unexpected.isEmpty { parts.append("unexpected \(unexpected.joined(separator: ", "))") }
      parts += misshaped.map { "\($0.name): expected shape \($0.expected), got \($0.actual)" }
      return "state dictionary: \(parts.joined(separator: "; "))"
    case .algorithmUnavailable(let algorithm, let reason):
      return "algorithm: \(algorithm.rawValue) cannot compute this layer: \(reason)"
    case .invalidSetting(let name, let expected, let actual):
      return "\(name): expected \(expected), got \(actual)"
    case .duplicateName(let name):
      return "names: expected each name once, got \"\(name)\" twice"
    case .backwardUnavailable(let module):
      return "\(module): expected a module with a backward pass, got one without"
    }
  }
}
