import Convolution

/// The way of a tensor through a network, from shapes alone: what is computed of what.
final class NetworkGraph<Scalar: ConvolutionScalar> {
  enum Operation {
    case layer(LayerForm<Scalar>)
    /// A module that is run as it is.
    case module(any Module<Scalar>)
    case sum
    case concatenation(axis: Int)
  }

  struct Node {
    var operation: Operation
    var operands: [Int]
    var result: Int
    /// Where it stands in the network, as in `layer1.0.conv1`.
    var name: String
  }

  /// Of every value; the first is the input's.
  private(set) var shapes: [[Int]]
  private(set) var nodes: [Node] = []
  private var path: [String] = []

  init(inputShape: [Int]) {
    shapes = [inputShape]
  }

  /// Which value a module's output is.
  func apply(_ module: any Module<Scalar>, to operand: Int, named name: String?) throws -> Int {
    if let name { path.append(name) }
    defer { if name != nil { path.removeLast() } }
    if let layer = module as? any PreparableLayer<Scalar>, let (form, shape) = try layer.form(at: shapes[operand]) {
      return append(.layer(form), [operand], shape)
    }
    if let composite = module as? any CompositeModule<Scalar> { return try composite.planned(in: self, from: operand) }
    let output = try module.forward(Tensor(zeros: shapes[operand]))
    return append(.module(module), [operand], output.shape)
  }

  func sum(_ left: Int, _ right: Int) throws -> Int {
    guard shapes[left] == shapes[right] else {
      throw ConvolutionError.shapeMismatch(
        name: "right term of a sum", expected: "\(shapes[left])", actual: shapes[right])
    }
    return append(.sum, [left, right], shapes[left])
  }

  /// The same value wherever the same two are put together.
  func concatenation(_ left: Int, _ right: Int, axis: Int) throws -> Int {
    for node in nodes {
      if case .concatenation(axis) = node.operation, node.operands == [left, right] { return node.result }
    }
    var shape = shapes[left]
    guard shapes[right].count == shape.count,
      shape.indices.allSatisfy({ $0 == axis || shape[$0] == shapes[right][$0] })
    else {
      throw ConvolutionError.shapeMismatch(
        name: "other tensor of a concatenation along axis \(axis)", expected: "\(shape) but for that axis",
        actual: shapes[right])
    }
    shape[axis] += shapes[right][axis]
    return append(.concatenation(axis: axis), [left, right], shape)
  }

  private func append(_ operation: Operation, _ operands: [Int], _ shape: [Int]) -> Int {
    shapes.append(shape)
    nodes.append(
      Node(operation: operation, operands: operands, result: shapes.count - 1, name: path.joined(separator: ".")))
    return shapes.count - 1
  }
}

extension CompositeModule {
  fileprivate func planned(in graph: NetworkGraph<Scalar>, from operand: Int) throws -> Int {
    let output = try forward(Activation(graph: graph, children: children, index: operand))
    guard output.graph === graph else {
      throw ConvolutionError.invalidSetting(
        name: "forward", expected: "an activation made from the one that was given", actual: "another")
    }
    return output.index
  }
}
