import Convolution
import Glibc
import ReferenceConvolution

/// Whether shapes and every bit of every scalar are equal.
func sameBits<Scalar>(_ left: Tensor<Scalar>, _ right: Tensor<Scalar>) -> Bool {
  guard left.shape == right.shape else { return false }
  return left.withUnsafeBufferPointer { left in
    right.withUnsafeBufferPointer { right in
      unsafe memcmp(left.baseAddress!, right.baseAddress!, left.count * MemoryLayout<Scalar>.stride) == 0
    }
  }
}

/// Whether the same gradients are there, and every bit of them is equal.
func sameBits<Scalar>(_ left: Conv2dGradients<Scalar>, _ right: Conv2dGradients<Scalar>) -> Bool {
  let pairs = [(left.input, right.input), (left.weight, right.weight), (left.bias, right.bias)]
  return pairs.allSatisfy { left, right in
    switch (left, right) {
    case (nil, nil): true
    case (let left?, let right?): sameBits(left, right)
    default: false
    }
  }
}

/// Whether every scalar is NaN, as a poisoned tensor is that nobody has written to.
func isPoisoned<Scalar>(_ tensor: Tensor<Scalar>) -> Bool {
  tensor.scalars.allSatisfy { $0.isNaN }
}

extension Tensor {
  /// A tensor of random numbers; the same seed gives the same tensor.
  static func random(_ shape: [Int], seed: UInt64, holding scalars: RandomScalars = .uniform) throws -> Tensor {
    var generator = SplitMix64(seed: seed)
    return try scalars.tensor(shape, using: &generator)
  }

  /// 0, 1, 2, … in row-major order.
  static func counting(_ shape: [Int]) throws -> Tensor {
    try Tensor(shape: shape, scalars: (0..<shape.reduce(1, *)).map { Scalar($0) })
  }
}
