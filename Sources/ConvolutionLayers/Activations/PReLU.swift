import CConvolutionKernels
public import Convolution

/// The rectifier with a learned slope for negative numbers, as PyTorch's
/// [`nn.PReLU`](https://pytorch.org/docs/stable/generated/torch.nn.PReLU.html).
///
///     y = x > 0 ? x : weight[c] · x
///     dweight[c] = Σ dy · x over all x ≤ 0 of channel c
///
/// With one parameter it serves inputs of any shape. With more, the input is `[N, C, …]` with as many channels.
///
/// ```swift
/// let layer = try PReLU<Float>()
/// print(try layer(Tensor(shape: [2], scalars: [-1, 1])).scalars)     // [-0.25, 1.0]
/// ```
public struct PReLU<Scalar: ConvolutionScalar>: Module {
  /// How many slopes there are: 1, or one for each channel.
  public let parameterCount: Int
  /// The slopes, `[parameterCount]`.
  public var weight: Parameter<Scalar>
  /// Where the layer computes, and on how many threads.
  public var device: Device

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - parameterCount: 1, or the number of channels; PyTorch's `num_parameters`.
  ///   - initialValue: Every slope at the beginning; PyTorch's `init`.
  ///   - device: Where the layer computes.
  /// - Throws: `ConvolutionError.valueOutOfRange` for fewer parameters than 1, `ConvolutionError.outOfMemory`.
  public init(
    parameterCount: Int = 1, initialValue: Double = 0.25, device: Device = .cpu
  ) throws(ConvolutionError) {
    guard parameterCount >= 1 else {
      throw .valueOutOfRange(name: "parameterCount", expected: "1 or more", actual: [parameterCount])
    }
    self.parameterCount = parameterCount
    weight = try Parameter(Tensor(repeating: Scalar(initialValue), shape: [parameterCount]))
    self.device = device
  }

  /// The output, of the input's shape.
  ///
  /// - Throws: `ConvolutionError.shapeMismatch` for an input of other channels, or a weight that was replaced by one of
  ///   another shape; `ConvolutionError.outOfMemory`.
  public func forward(_ input: Tensor<Scalar>) throws(ConvolutionError) -> Tensor<Scalar> {
    let (planes, plane) = try planes(of: input)
    let slopes = weight.value.scalars.map { Double($0) }
    if slopes.count == 1 { return try Self.function(slopes[0]).values(of: input, device: device) }
    return try Tensor.computed(
      shape: input.shape, from: input, input, parts: planes, device: device
    ) { range, operands in
      for index in range {
        unsafe convolution_activate(
          Processor.instructionSet, operands.scalarBytes, ConvolutionFunctionLeakyReLU,
          slopes[index % parameterCount], operands.first + index * plane, operands.result + index * plane, plane)
      }
    }
  }

  /// Adds the slopes' gradient to ``weight`` and returns the input's when it is asked for.
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws(ConvolutionError) -> Tensor<Scalar>? {
    let (planes, plane) = try planes(of: input)
    try outputGradient.expectShape(input.shape)
    var weightGradient: Tensor<Scalar>?
    if targets.contains(.weight) && weight.requiresGradient {
      let count = parameterCount
      var sums = try Tensor<Scalar>.computed(
        shape: [count], from: input, outputGradient, parts: count, device: device
      ) { range, operands in
        for slope in range {
          var sum = 0.0
          for index in stride(from: slope, to: planes, by: count) {
            unsafe sum += convolution_slope_gradient(
              Processor.instructionSet, operands.scalarBytes, operands.first + index * plane,
              operands.second + index * plane, plane)
          }
          unsafe operands.result[slope] = Scalar(sum)
        }
      }
      try sums.add(weight.gradient, name: "weight.gradient")
      weightGradient = sums
    }
    var inputGradient: Tensor<Scalar>?
    if targets.contains(.input) {
      let slopes = weight.value.scalars.map { Double($0) }
      inputGradient =
        slopes.count == 1
        ? try Self.function(slopes[0]).gradient(of: outputGradient, at: input, device: device)
        : try Tensor.computed(
          shape: input.shape, from: input, outputGradient, parts: planes, device: device
        ) { range, operands in
          for index in range {
            unsafe convolution_activation_gradient(
              Processor.instructionSet, operands.scalarBytes, ConvolutionFunctionLeakyReLU,
              slopes[index % parameterCount], operands.first + index * plane, operands.second + index * plane,
              operands.result + index * plane, plane)
          }
        }
    }
    if let weightGradient { weight.gradient = weightGradient }
    return inputGradient
  }

  /// `weight`.
  public mutating func forEachParameter<E: Error>(
    _ body: (String, inout Parameter<Scalar>) throws(E) -> Void
  ) throws(E) {
    try body("weight", &weight)
  }

  /// PyTorch's words for the layer.
  public var extraRepresentation: String { "num_parameters=\(parameterCount)" }

  /// One slope for all, whose scalars any number of threads can share.
  private static func function(_ slope: Double) -> ElementwiseFunction {
    ElementwiseFunction(kind: ConvolutionFunctionLeakyReLU, parameter: slope)
  }

  /// How many runs of scalars share a slope, and how long each is.
  private func planes(of input: Tensor<Scalar>) throws(ConvolutionError) -> (count: Int, size: Int) {
    guard weight.value.shape == [parameterCount] else {
      throw .shapeMismatch(name: "weight", expected: "\([parameterCount])", actual: weight.value.shape)
    }
    if parameterCount == 1 { return (input.count > 0 ? 1 : 0, input.count) }
    guard input.shape.count >= 2, input.shape[1] == parameterCount else {
      throw .shapeMismatch(name: "input", expected: "[N, \(parameterCount), …]", actual: input.shape)
    }
    let count = input.shape[0] * parameterCount
    return (input.count > 0 ? count : 0, count > 0 ? input.count / count : 0)
  }
}
