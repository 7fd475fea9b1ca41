public import Convolution

/// What a module computed on the way to its output, for a backward pass that need not compute it again.
///
/// ```swift
/// var network = try Sequential<Float>([
///   Conv2d<Float>(inputChannels: 1, outputChannels: 2, kernelSize: 8), Flatten<Float>(),
/// ])
/// let trace = try network.trace(at: Tensor(zeros: [3, 1, 8, 8]))
/// let (value, gradient) = try CrossEntropyLoss<Float>().valueWithGradient(of: trace.output, labels: [0, 1, 0])
/// try network.backward(gradient, through: trace)
/// ```
public struct Trace<Scalar: ConvolutionScalar>: Sendable {
  /// The module's input.
  public let input: Tensor<Scalar>
  /// The module's output.
  public let output: Tensor<Scalar>
  /// The steps of a ``CompositeModule``; none for other modules.
  let steps: [Step]
  /// Which value the output is: 0 is the input, others are the steps' results, counted from 1.
  let outputIndex: Int

  init(
    input: Tensor<Scalar>, output: Tensor<Scalar>, steps: [Step] = [], outputIndex: Int = 0
  ) {
    self.input = input
    self.output = output
    self.steps = steps
    self.outputIndex = outputIndex
  }

  /// One step of a composite: how a value was made of earlier ones, which are named by their index.
  enum Step: Sendable {
    case child(position: Int, operand: Int, trace: Trace)
    case module(any Module<Scalar>, operand: Int, input: Tensor<Scalar>)
    case sum(Int, Int)
    case concatenation(Int, Int, axis: Int, firstExtent: Int)
  }
}

extension Module {
  /// The output, with all that was computed on the way to it.
  ///
  /// - Throws: What `Module.forward(_:)` throws.
  public func trace(at input: Tensor<Scalar>) throws -> Trace<Scalar> {
    guard let composite = self as? any CompositeModule<Scalar> else {
      return try Trace(input: input, output: forward(input))
    }
    return try composite.recorded(at: input)
  }

  /// Adds to the parameters' gradients and returns the gradient of the input when it is asked for, as
  /// `Module.backward(_:at:for:)` does, without computing again what the trace holds.
  ///
  /// When one of the modules throws, nothing has been added to any gradient.
  ///
  /// - Parameters:
  ///   - outputGradient: Of the shape of the trace's output.
  ///   - trace: What `trace(at:)` of this module gave.
  ///   - targets: Which gradients are wanted.
  /// - Throws: What the modules throw; `ConvolutionError.invalidSetting` for the trace of another module.
  @discardableResult
  public mutating func backward(
    _ outputGradient: Tensor<Scalar>, through trace: Trace<Scalar>, for targets: GradientTargets = .all
  ) throws -> Tensor<Scalar>? {
    guard var composite = self as? any CompositeModule<Scalar> else {
      return try backward(outputGradient, at: trace.input, for: targets)
    }
    let inputGradient = try composite.replay(outputGradient, through: trace, for: targets)
    self = composite as! Self
    return inputGradient
  }
}

extension CompositeModule {
  fileprivate func recorded(at input: Tensor<Scalar>) throws -> Trace<Scalar> {
    let recorder = Recorder<Scalar>()
    let output = try forward(Activation(value: input, children: children, recorder: recorder, index: 0))
    guard output.recorder === recorder else {
      throw ConvolutionError.invalidSetting(
        name: "forward", expected: "an activation made from the one that was given", actual: "another")
    }
    return Trace(input: input, output: output.value, steps: recorder.steps, outputIndex: output.index)
  }

  /// Goes backward through the steps, last to first; a value's gradient is the sum over all steps that used it.
  fileprivate mutating func replay(
    _ outputGradient: Tensor<Scalar>, through trace: Trace<Scalar>, for targets: GradientTargets
  ) throws -> Tensor<Scalar>? {
    try outputGradient.expectShape(trace.output.shape)
    var updated = children
    var gradients = [Tensor<Scalar>?](repeating: nil, count: trace.steps.count + 1)
    gradients[trace.outputIndex] = outputGradient
    func add(_ gradient: Tensor<Scalar>, to index: Int) throws {
      guard var sum = gradients[index] else { return gradients[index] = gradient }
      gradients[index] = nil
      try sum.makeUnique()
      try sum.add(gradient, name: "outputGradient")
      gradients[index] = sum
    }
    for (index, step) in trace.steps.enumerated().reversed() {
      // Nobody used this value.
      guard let gradient = gradients[index + 1] else { continue }
      try Task.checkCancellation()
      gradients[index + 1] = nil
      switch step {
      case .child(let position, let operand, let childTrace):
        guard updated.modules.indices.contains(position) else {
          throw ConvolutionError.invalidSetting(
            name: "trace", expected: "that of a module with as many children",
            actual: "child \(position) of \(updated.modules.count)")
        }
        let wanted = operand == 0 ? targets : targets.union(.input)
        let inputGradient = try updated[position].backward(gradient, through: childTrace, for: wanted)
        guard wanted.contains(.input) else { continue }
        guard let inputGradient else {
          throw ConvolutionError.backwardUnavailable(module: updated[position].description)
        }
        try add(inputGradient, to: operand)
      case .module(var module, let operand, let input):
        guard operand > 0 || targets.contains(.input) else { continue }
        guard let inputGradient = try module.backward(gradient, at: input, for: .input) else {
          throw ConvolutionError.backwardUnavailable(module: module.description)
        }
        try add(inputGradient, to: operand)
      case .sum(let left, let right):
        try add(gradient, to: left)
        try add(gradient, to: right)
      case .concatenation(let left, let right, let axis, let extent):
        let (first, second) = try gradient.split(axis: axis, at: extent)
        try add(first, to: left)
        try add(second, to: right)
      }
    }
    children = updated
    guard targets.contains(.input) else { return nil }
    return try gradients[0] ?? Tensor(zeros: trace.input.shape)
  }
}
