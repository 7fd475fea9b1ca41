public import Convolution

/// What random tensors hold.
public enum RandomScalars: Sendable, Hashable, CaseIterable {
  /// Numbers from −1 to 1.
  case uniform
  /// Integers from −3 to 3: small enough that every sum of their products is exact.
  case smallIntegers

  /// Draws a tensor of this shape.
  public func tensor<Scalar: ConvolutionScalar>(
    _ shape: [Int], of type: Scalar.Type = Scalar.self, using generator: inout some RandomNumberGenerator
  ) throws(ConvolutionError) -> Tensor<Scalar> {
    var tensor = try Tensor<Scalar>(zeros: shape)
    tensor.withUnsafeMutableBufferPointer { scalars in
      for index in scalars.indices {
        let bits = generator.next() >> 11
        switch self {
        case .uniform: unsafe scalars[index] = Scalar(2 * Double(bits) * 0x1p-53 - 1)
        case .smallIntegers: unsafe scalars[index] = Scalar(Int(bits % 7) - 3)
        }
      }
    }
    return tensor
  }
}
