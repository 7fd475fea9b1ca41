import Convolution

/// Steele, Lea and Flood's generator: the same operands in every run.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension Tensor {
  /// Scalars from U(−1, 1).
  static func random(shape: [Int], using generator: inout some RandomNumberGenerator) throws -> Tensor {
    let count = shape.reduce(1, *)
    return try Tensor(
      shape: shape,
      scalars: (0..<count).map { _ in Scalar(Double(generator.next() >> 11) * 0x1p-52 - 1) })
  }
}
