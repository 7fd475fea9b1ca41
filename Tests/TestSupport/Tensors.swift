package import Convolution
package import ReferenceConvolution

/// Whether every scalar is NaN, as a poisoned tensor is that nobody has written to.
package func isPoisoned<Scalar>(_ tensor: Tensor<Scalar>) -> Bool {
  tensor.scalars.allSatisfy { $0.isNaN }
}

extension Tensor {
  /// A tensor of random numbers; the same seed gives the same tensor.
  package static func random(_ shape: [Int], seed: UInt64, holding scalars: RandomScalars = .uniform) throws -> Tensor {
    var generator = SplitMix64(seed: seed)
    return try scalars.tensor(shape, using: &generator)
  }

  /// 0, 1, 2, … in row-major order.
  package static func counting(_ shape: [Int]) throws -> Tensor {
    try Tensor(shape: shape, scalars: (0..<shape.reduce(1, *)).map { Scalar($0) })
  }
}
