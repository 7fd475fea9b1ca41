import Convolution
import ConvolutionLayers
import ReferenceConvolution
import Testing

/// Numbers of [−scale, scale), the same in every run.
func random<Scalar: ConvolutionScalar>(
  _ shape: [Int], seed: UInt64 = 7, scale: Double = 1, as type: Scalar.Type = Double.self
) throws -> Tensor<Scalar> {
  var generator = SplitMix64(seed: seed)
  let count = shape.reduce(1, *)
  return try Tensor(
    shape: shape, scalars: (0..<count).map { _ in Scalar(scale * Double.random(in: -1..<1, using: &generator)) })
}

/// Expects the gradients of every parameter and of the input to be those of central differences of Σ y · dy.
func expectDifferencesToAgree<M: Module>(
  _ module: inout M, at input: Tensor<Double>, sourceLocation: SourceLocation = #_sourceLocation
) throws where M.Scalar == Double {
  let weights = try random(module.forward(input).shape, seed: 99)
  var trained = module
  trained.clearGradients()
  let inputGradient = try #require(try trained.backward(weights, at: input, for: .all))

  func expectSlope(
    _ gradient: Double, of name: String, _ loss: (Double) throws -> Double
  ) throws {
    let step = 1e-5
    let difference = try (loss(step) - loss(-step)) / (2 * step)
    #expect(abs(difference - gradient) <= 1e-6 * max(1, abs(difference)), "\(name)", sourceLocation: sourceLocation)
  }
  func loss(_ module: M, _ input: Tensor<Double>) throws -> Double {
    try zip(module.forward(input).scalars, weights.scalars).reduce(0) { $0 + $1.0 * $1.1 }
  }
  for index in stride(from: 0, to: input.scalars.count, by: max(1, input.scalars.count / 23)) {
    try expectSlope(inputGradient.scalars[index], of: "input[\(index)]") { step in
      try loss(module, input.nudged(index, by: step))
    }
  }
  var gradients: [String: Tensor<Double>] = [:]
  trained.forEachParameter { name, parameter in gradients[name] = parameter.gradient }
  for (name, gradient) in gradients {
    for index in stride(from: 0, to: gradient.scalars.count, by: max(1, gradient.scalars.count / 7)) {
      try expectSlope(gradient.scalars[index], of: "\(name)[\(index)]") { step in
        var nudged = module
        var state = module.stateDictionary
        state[name] = try state[name]!.nudged(index, by: step)
        try nudged.load(state)
        return try loss(nudged, input)
      }
    }
  }
}

extension Tensor<Double> {
  fileprivate func nudged(_ index: Int, by step: Double) throws -> Tensor {
    var scalars = scalars
    scalars[index] += step
    return try Tensor(shape: shape, scalars: scalars)
  }
}
