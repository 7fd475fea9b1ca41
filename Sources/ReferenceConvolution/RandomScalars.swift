public import Convolution

/// What random tensors hold.
public enum RandomScalars: Sendable, Hashable, CaseIterable {
  /// Numbers from −1 to 1.
  case uniform
  /// Integers from −3 to 3: small enough that every sum of their products is exact.
  case smallIntegers
  /// Numbers from ½ to 1.
  case positive
  /// Nothing but ones.
  case ones

  /// Draws a tensor of this shape.
  public func tensor<Scalar: ConvolutionScalar>(
    _ shape: [Int], of type: Scalar.Type = Scalar.self, using generator: inout some RandomNumberGenerator
  ) throws(ConvolutionError) -> Tensor<Scalar> {
    let bits = (0..<shape.reduce(1, *)).map { _ in generator.next() >> 11 }
    return try tensor(shape, from: bits)
  }

  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  private func tensor<Scalar: ConvolutionScalar>(
    _ shape: [Int], from bits: [UInt64]
  ) throws(ConvolutionError) -> Tensor<Scalar> {
    try Tensor(
      shape: shape,
      scalars: bits.map { bits in
        switch self {
        case .uniform: Scalar(2 * Double(bits) * 0x1p-53 - 1)
        case .smallIntegers: Scalar(Int(bits % 7) - 3)
        case .positive: Scalar(0.5 + Double(bits) * 0x1p-54)
        case .ones: 1
        }
      })
  }
}
