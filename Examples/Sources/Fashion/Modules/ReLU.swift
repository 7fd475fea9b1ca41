import Convolution

/// The rectifier, `max(x, 0)` of every scalar.
struct ReLU: Module {
  func forward(_ input: Tensor<Float>) -> Tensor<Float> {
    var output = input
    output.withUnsafeMutableBufferPointer { values in
      for index in values.indices { unsafe values[index] = values[index] > 0 ? values[index] : 0 }
    }
    return output
  }

  /// The gradient passes where the input is positive.
  mutating func backward(
    _ outputGradient: Tensor<Float>, at input: Tensor<Float>, for targets: GradientTargets
  ) throws -> Tensor<Float>? {
    guard targets.contains(.input) else { return nil }
    try outputGradient.expectShape(input.shape)
    var gradient = outputGradient
    gradient.withUnsafeMutableBufferPointer { gradients in
      input.withUnsafeBufferPointer { inputs in
        for index in gradients.indices { unsafe gradients[index] = inputs[index] > 0 ? gradients[index] : 0 }
      }
    }
    return gradient
  }
}
