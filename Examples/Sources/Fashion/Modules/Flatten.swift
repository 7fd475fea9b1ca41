import Convolution

/// One row for each image: `[N, C, H, W]` becomes `[N, C · H · W]`.
struct Flatten: Module {
  func forward(_ input: Tensor<Float>) throws -> Tensor<Float> {
    try input.reshaped(to: [input.shape[0], input.shape.dropFirst().reduce(1, *)])
  }

  mutating func backward(
    _ outputGradient: Tensor<Float>, at input: Tensor<Float>, for targets: GradientTargets
  ) throws -> Tensor<Float>? {
    targets.contains(.input) ? try outputGradient.reshaped(to: input.shape) : nil
  }
}
