import Convolution

/// An activation as a client would write it.
struct ReLU<Scalar: ConvolutionScalar>: Module {
  func forward(_ input: Tensor<Scalar>) throws -> Tensor<Scalar> {
    try Tensor(shape: input.shape, scalars: input.scalars.map { max($0, 0) })
  }

  mutating func backward(
    _ outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, for targets: GradientTargets
  ) throws -> Tensor<Scalar>? {
    guard targets.contains(.input) else { return nil }
    let scalars = zip(outputGradient.scalars, input.scalars).map { $1 > 0 ? $0 : 0 }
    return try Tensor(shape: input.shape, scalars: scalars)
  }
}

/// A module that passes its input on, and throws an error of its own when it is told to go backward.
struct Failing: Module {
  struct Failure: Error {}

  func forward(_ input: Tensor<Double>) -> Tensor<Double> { input }

  mutating func backward(
    _ outputGradient: Tensor<Double>, at input: Tensor<Double>, for targets: GradientTargets
  ) throws -> Tensor<Double>? {
    throw Failure()
  }
}

/// A module that defines no backward pass.
struct ForwardOnly: Module {
  func forward(_ input: Tensor<Double>) -> Tensor<Double> { input }
}

/// A module that holds others: `y = x + body(x)`.
struct Residual: Module {
  var body: Sequential<Double>

  func forward(_ input: Tensor<Double>) throws -> Tensor<Double> {
    try sum(input, body(input))
  }

  mutating func backward(
    _ outputGradient: Tensor<Double>, at input: Tensor<Double>, for targets: GradientTargets
  ) throws -> Tensor<Double>? {
    try body.backward(outputGradient, at: input, for: targets).map { try sum(outputGradient, $0) }
  }

  mutating func forEachParameter<E: Error>(
    _ visit: (String, inout Parameter<Double>) throws(E) -> Void
  ) throws(E) {
    try body.forEachParameter(under: "body", visit)
  }

  private func sum(_ left: Tensor<Double>, _ right: Tensor<Double>) throws -> Tensor<Double> {
    try Tensor(shape: left.shape, scalars: zip(left.scalars, right.scalars).map { $0 + $1 })
  }
}
