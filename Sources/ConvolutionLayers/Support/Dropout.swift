import CConvolutionKernels
public import Convolution

/// Sets scalars to zero at random while a network is trained, as PyTorch's
/// [`nn.Dropout`](https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html).
///
///     y = x / (1 − p) with probability 1 − p, else 0
///
/// In evaluation, and with `p` = 0, the input comes back as it is.
///
/// **What is dropped is a function of ``seed`` and of the input's bits.** A layer is a value, so the same input gives the
/// same output, and a backward pass drops exactly what the forward pass at that input dropped, in whatever order passes are
/// made. Another batch drops others; to drop others from the same input, change the seed. The numbers differ from
/// PyTorch's.
///
/// ```swift
/// var layer = try Dropout<Float>(p: 0.5, seed: 1)
/// layer.isTraining = false     // the input comes back as it is
/// ```
public struct Dropout<Scalar: ConvolutionScalar>: Module, TrainingAware {
  /// The probability that a scalar is dropped.
  public let p: Double
  /// Whether PyTorch's layer works in place. Tensors are values here: it changes nothing but the printed text.
  public let inplace: Bool
  /// Which scalars are dropped.
  public var seed: UInt64
  /// Whether scalars are dropped.
  public var isTraining = true
  /// Where the layer computes, and on how many threads.
  public var device: Device

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - p: The probability that a scalar is dropped, from 0 to 1.
  ///   - inplace: Changes nothing but the printed text.
  ///   - seed: Which scalars are dropped; a random one by default. Give each layer of a network its own.
  ///   - device: Where the layer computes.
  /// - Throws: `ConvolutionError.invalidSetting` for another probability.
  public init(
    p: Double = 0.5, inplace: Bool = false, seed: UInt64 = .random(in: 0 ... .max), device: Device = .cpu
  ) throws(ConvolutionError) {
    guard (0...1).contains(p) else {
      throw .invalidSetting(name: "p", expected: "from 0 to 1", actual: "\(p)")
    }
    self.p = p
    self.inplace = inplace
    self.seed = seed
    self.device = device
  }

  /// The output, of the input's shape, which may be any.
  public func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    try dropping(input, as: input)
  }

  /// The gradient of the input, when it is asked for: zero where the forward pass at `input` dropped.
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws(ConvolutionError) -> Tensor<Scalar>? {
    try outputGradient.expectShape(input.shape)
    return targets.contains(.input) ? try dropping(outputGradient, as: input) : nil
  }

  /// PyTorch's words for the layer.
  public var extraRepresentation: String { "p=\(p), inplace=\(inplace ? "True" : "False")" }

  private func dropping(_ tensor: Tensor<Scalar>, as input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    guard isTraining && p > 0 else { return tensor }
    let key = try seed ^ hash(of: input)
    return try Tensor.computed(
      shape: tensor.shape, from: tensor, tensor, parts: tensor.count, device: device
    ) { range, operands in
      let start = range.lowerBound
      unsafe convolution_drop(
        operands.scalarBytes, key, UInt64(start), p, 1 / (1 - p), operands.first + start, operands.result + start,
        range.count)
    }
  }

  private func hash(of input: Tensor<Scalar>) throws(ConvolutionError) -> UInt64 {
    let blockSize = 1 << 14
    let blocks = SizeArithmetic.dividingUp(input.count, by: blockSize)
    // Bit patterns of the blocks' hashes; their sum does not depend on how they are computed.
    let hashes = try Tensor<Double>.computed(
      shape: [blocks], from: input, input, parts: blocks, device: device
    ) { range, operands in
      for block in range {
        let start = block * blockSize
        let count = min(blockSize, input.count - start)
        let hash = unsafe convolution_hash(operands.scalarBytes, operands.first + start, UInt64(start), count)
        unsafe operands.result[block] = Double(bitPattern: hash)
      }
    }
    return hashes.scalars.reduce(0) { $0 &+ $1.bitPattern }
  }
}
