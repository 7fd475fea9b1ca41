/// What a prepared network keeps its packed weights in.
///
/// A format of 16 bits halves their memory. Each weight is rounded to it once, to nearest, of two as near to the even one, after
/// normalisation has been folded in; where it is read, it is widened to the scalar that it then is. So the outputs have the bits
/// of a network whose weights were rounded before, whatever the algorithm. Biases stay as they are.
///
/// ```swift
/// print(WeightFormat.allCases.map(\.rawValue))     // ["full", "float16", "bfloat16"]
/// ```
public enum WeightFormat: String, Sendable, Hashable, CaseIterable {
  /// The network's scalars.
  case full
  /// IEEE 754's format of 16 bits: 11 significant bits, numbers up to 65,504. For networks of Float.
  case float16
  /// The upper half of a Float: 8 significant bits, and its range. For networks of Float.
  case bfloat16
}
