/// The initial weights of PyTorch's convolutions: Kaiming uniform with a = √5, that is U(−b, b) with b = 1 / √fan_in;
/// the bias comes from the same interval.
///
/// K. He, X. Zhang, S. Ren, J. Sun: Delving Deep into Rectifiers, [arXiv:1502.01852](https://arxiv.org/abs/1502.01852).
enum KaimingUniform {
  /// Draws a tensor from the interval that `fanIn`, the products summed up for one output, gives.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float, Generator == SystemGenerator)
    @specialized(where Scalar == Double, Generator == SystemGenerator)
  #endif
  private static func draw<Scalar: ConvolutionScalar, Generator: RandomNumberGenerator>(
    shape: [Int], fanIn: Int, using generator: inout Generator
  ) throws(ConvolutionError) -> Tensor<Scalar> {
    var tensor = try Tensor<Scalar>(uninitialized: shape)
    let bound = 1 / Double(fanIn).squareRoot()
    tensor.withUnsafeMutableBufferPointer { scalars in
      for index in scalars.indices {
        // 53 random bits make a number of [0, 1); so Float and Double draw the same numbers but for rounding.
        let unit = Double(generator.next() >> 11) * 0x1p-53
        unsafe scalars[index] = Scalar((2 * unit - 1) * bound)
      }
    }
    return tensor
  }

  /// The weight of a layer, then its bias. The fan-in is that of the weight's second axis, for a transposed convolution too.
  static func weightAndBias<Scalar: ConvolutionScalar>(
    of configuration: ConvolutionConfiguration, hasBias: Bool, _ type: Scalar.Type,
    using generator: inout some RandomNumberGenerator
  ) throws(ConvolutionError) -> (weight: Tensor<Scalar>, bias: Tensor<Scalar>?) {
    let shape = configuration.weightShape
    let fanIn = shape[1] * shape[2] * shape[3]
    return (
      try draw(shape: shape, fanIn: fanIn, using: &generator),
      hasBias ? try draw(shape: [configuration.outputChannels], fanIn: fanIn, using: &generator) : nil
    )
  }
}
