public import Convolution

/// A tensor on its way through a ``CompositeModule``: what its `forward` passes from child to child.
///
/// The steps are kept where a backward pass will need them, so that a composite defines none of its own.
///
/// ```swift
/// struct Twice: CompositeModule {
///   var children: Sequential<Float>     // "conv"
///
///   func forward(_ x: Activation<Float>) throws -> Activation<Float> {
///     try x.through("conv") + x
///   }
/// }
/// ```
public struct Activation<Scalar: ConvolutionScalar> {
  private enum Content {
    case tensor(Tensor<Scalar>)
    case shape([Int])
  }

  private let content: Content
  let children: Sequential<Scalar>
  let recorder: Recorder<Scalar>?
  /// What is being prepared; there are no scalars then.
  let graph: NetworkGraph<Scalar>?
  /// Which value of the recording, or of the graph, this is.
  let index: Int

  init(value: Tensor<Scalar>, children: Sequential<Scalar>, recorder: Recorder<Scalar>?, index: Int) {
    content = .tensor(value)
    (self.children, self.recorder, graph, self.index) = (children, recorder, nil, index)
  }

  /// A value of a graph.
  init(graph: NetworkGraph<Scalar>, children: Sequential<Scalar>, index: Int) {
    content = .shape(graph.shapes[index])
    (self.children, recorder, self.graph, self.index) = (children, nil, graph, index)
  }

  /// The scalars; zeros while a network is prepared, where the way of a tensor can depend on shapes alone.
  public var value: Tensor<Scalar> {
    switch content {
    case .tensor(let tensor): return tensor
    case .shape(let shape):
      do {
        return try Tensor(zeros: shape)
      } catch {
        fatalError("Activation: \(error)")
      }
    }
  }

  /// The output of the children of these names, one after the other.
  ///
  /// - Throws: What the children throw; `ConvolutionError.unknownName` for a name that no child has.
  public func through(_ names: String...) throws -> Activation {
    try names.reduce(self) { activation, name in
      guard let position = children.names.firstIndex(of: name) else {
        throw ConvolutionError.unknownName(parameter: "child", supported: children.names, actual: name)
      }
      return try activation.through(position)
    }
  }

  /// The output of all children, one after the other.
  public func throughAll() throws -> Activation {
    try children.modules.indices.reduce(self) { try $0.through($1) }
  }

  /// The output of a module that is no child, for those without parameters: `x.through(Flatten<Float>())` is PyTorch's
  /// `torch.flatten(x, 1)`, `x.through(ReLU<Float>())` its `F.relu(x)`. Parameters of it would learn nothing.
  ///
  /// - Throws: What the module throws.
  public func through(_ module: any Module<Scalar>) throws -> Activation {
    if let graph {
      return try planned(graph.apply(module, to: index, named: module.typeName))
    }
    return try followed(by: .module(module, operand: index, input: value), module.forward(value))
  }

  /// The sum of two activations of one shape.
  ///
  /// - Throws: `ConvolutionError.shapeMismatch` for different shapes, `ConvolutionError.outOfMemory`.
  public static func + (left: Activation, right: Activation) throws -> Activation {
    if let graph = left.graph, graph === right.graph { return try left.planned(graph.sum(left.index, right.index)) }
    var sum = left.value
    try sum.makeUnique()
    try sum.add(right.value, name: "right term of a sum")
    return left.followed(by: .sum(left.index, right.index), sum)
  }

  /// This activation and another, concatenated along an axis, as PyTorch's `torch.cat`.
  ///
  /// - Parameters:
  ///   - other: Of the same shape but for that axis.
  ///   - axis: Negative numbers count from the end: −3 are the channels of an image.
  /// - Throws: `ConvolutionError.valueOutOfRange` for an axis that there is not, `ConvolutionError.shapeMismatch`,
  ///   `ConvolutionError.outOfMemory`.
  public func concatenated(with other: Activation, axis: Int = -3) throws -> Activation {
    let rank = if case .shape(let shape) = content { shape.count } else { value.shape.count }
    guard (-rank..<rank).contains(axis) else {
      throw ConvolutionError.valueOutOfRange(
        name: "axis", expected: "an axis of a tensor of \(rank) dimensions", actual: [axis])
    }
    let axis = axis < 0 ? axis + rank : axis
    if let graph, graph === other.graph {
      return try planned(graph.concatenation(index, other.index, axis: axis))
    }
    let tensor = try Tensor.concatenating([value, other.value], axis: axis)
    return followed(
      by: .concatenation(index, other.index, axis: axis, firstExtent: value.shape[axis]), tensor)
  }

  private func through(_ position: Int) throws -> Activation {
    try Task.checkCancellation()
    let child = children.modules[position]
    if let graph { return try planned(graph.apply(child, to: index, named: children.names[position])) }
    guard recorder != nil else { return try followed(by: nil, child.forward(value)) }
    let trace = try child.trace(at: value)
    return followed(by: .child(position: position, operand: index, trace: trace), trace.output)
  }

  private func planned(_ index: Int) throws -> Activation {
    guard let graph else { return self }
    return Activation(graph: graph, children: children, index: index)
  }

  private func followed(by step: Trace<Scalar>.Step?, _ value: Tensor<Scalar>) -> Activation {
    if let recorder, let step { recorder.steps.append(step) }
    return Activation(value: value, children: children, recorder: recorder, index: recorder?.steps.count ?? 0)
  }
}

/// The steps of one forward pass.
final class Recorder<Scalar: ConvolutionScalar> {
  var steps: [Trace<Scalar>.Step] = []
}

extension Tensor {
  /// The two parts before and from an index of an axis on.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func split(axis: Int, at index: Int) throws(ConvolutionError) -> (Tensor, Tensor) {
    let pieces = shape[..<axis].reduce(1, *)
    let inner = shape[(axis + 1)...].reduce(1, *)
    func part(_ range: Range<Int>) throws(ConvolutionError) -> Tensor {
      var partShape = shape
      partShape[axis] = range.count
      var part = try Tensor(uninitialized: partShape)
      let size = range.count * inner
      part.withUnsafeMutableBufferPointer { target in
        withUnsafeBufferPointer { source in
          for piece in 0..<pieces where size > 0 {
            let start = (piece * shape[axis] + range.lowerBound) * inner
            unsafe (target.baseAddress! + piece * size).update(from: source.baseAddress! + start, count: size)
          }
        }
      }
      return part
    }
    return (try part(0..<index), try part(index..<shape[axis]))
  }
}
