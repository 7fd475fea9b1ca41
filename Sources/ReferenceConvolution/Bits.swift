private import CConvolutionKernels
public import Convolution

/// Whether shapes and every bit of every scalar are equal.
public func sameBits<Scalar>(_ left: Tensor<Scalar>, _ right: Tensor<Scalar>) -> Bool {
  guard left.shape == right.shape else { return false }
  return left.withUnsafeBufferPointer { left in
    right.withUnsafeBufferPointer { right in
      unsafe convolution_equal_bytes(left.baseAddress!, right.baseAddress!, left.count * MemoryLayout<Scalar>.stride)
    }
  }
}

/// Whether the same gradients are there, and every bit of them is equal.
public func sameBits<Scalar>(_ left: Conv2dGradients<Scalar>, _ right: Conv2dGradients<Scalar>) -> Bool {
  let pairs = [(left.input, right.input), (left.weight, right.weight), (left.bias, right.bias)]
  return pairs.allSatisfy { left, right in
    switch (left, right) {
    case (nil, nil): true
    case (let left?, let right?): sameBits(left, right)
    default: false
    }
  }
}
