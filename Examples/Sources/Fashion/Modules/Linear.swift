import Convolution

/// A fully connected layer: `[N, inputs]` becomes `[N, outputs]`.
///
/// It is a 1x1 convolution of one image, a single row of `N` pixels with `inputs` channels: one matrix product for the
/// whole batch.
struct Linear: Module {
  private var convolution: Conv2d<Float>

  init(inputs: Int, outputs: Int, device: Device, using generator: inout some RandomNumberGenerator) throws {
    convolution = try Conv2d(
      inputChannels: inputs, outputChannels: outputs, kernelSize: 1, device: device, using: &generator)
  }

  func forward(_ input: Tensor<Float>) throws -> Tensor<Float> {
    try rows(of: convolution(image(of: input)))
  }

  mutating func backward(
    _ outputGradient: Tensor<Float>, at input: Tensor<Float>, for targets: GradientTargets
  ) throws -> Tensor<Float>? {
    try convolution.backward(image(of: outputGradient), at: image(of: input), for: targets).map { try rows(of: $0) }
  }

  /// `weight`, `[outputs, inputs, 1, 1]`, and `bias`.
  mutating func forEachParameter<E: Error>(
    _ body: (String, inout Parameter<Float>) throws(E) -> Void
  ) throws(E) {
    try convolution.forEachParameter(body)
  }

  var extraRepresentation: String {
    "in_features=\(convolution.inputChannels), out_features=\(convolution.outputChannels), bias=True"
  }

  /// `[N, F]` as `[F, 1, N]`.
  private func image(of rows: Tensor<Float>) throws -> Tensor<Float> {
    guard rows.shape.count == 2 else {
      throw ConvolutionError.shapeMismatch(name: "input", expected: "[N, features]", actual: rows.shape)
    }
    return try transposed(rows, rows: rows.shape[0], columns: rows.shape[1], shape: [rows.shape[1], 1, rows.shape[0]])
  }

  /// `[F, 1, N]` as `[N, F]`.
  private func rows(of image: Tensor<Float>) throws -> Tensor<Float> {
    try transposed(image, rows: image.shape[0], columns: image.shape[2], shape: [image.shape[2], image.shape[0]])
  }

  private func transposed(_ matrix: Tensor<Float>, rows: Int, columns: Int, shape: [Int]) throws -> Tensor<Float> {
    var result = try Tensor<Float>(zeros: shape)
    result.withUnsafeMutableBufferPointer { target in
      matrix.withUnsafeBufferPointer { source in
        for row in 0..<rows {
          for column in 0..<columns { unsafe target[column * rows + row] = source[row * columns + column] }
        }
      }
    }
    return result
  }
}
