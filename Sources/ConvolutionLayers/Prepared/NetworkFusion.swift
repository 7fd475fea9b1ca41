import CConvolutionKernels
import Convolution

/// The steps of a network after what can be one step has become one. Values are those of the graph; a value that is another
/// one under a new shape goes by that one's number.
struct NetworkFusion<Scalar: ConvolutionScalar> {
  struct Convolution {
    /// Without what is folded into it: only one layer's new weight is needed at a time.
    var call: ConvolutionCall<Scalar>
    var foldings: [ChannelMap] = []
    var images: [Int]
    var residual: Int?
    var activation = EpilogueActivation.none
    var slopes: Tensor<Scalar>?

    func folded() throws -> ConvolutionCall<Scalar> {
      try foldings.reduce(call) { try $0.folding(scales: $1.scales, means: $1.means, offsets: $1.offsets) }
    }
  }

  enum Operation {
    case convolution(Convolution)
    case other(NetworkGraph<Scalar>.Operation)
  }

  struct Step {
    var operation: Operation
    var operands: [Int]
    var result: Int
    var name: String
    /// What became part of the step.
    var fused: [String] = []
  }

  private(set) var steps: [Step] = []
  /// The value that stands for each.
  private(set) var canonical: [Int]

  init(_ graph: NetworkGraph<Scalar>, output: Int, folding: Bool) throws {
    canonical = Array(graph.shapes.indices)
    for node in graph.nodes {
      if case .layer(.identity) = node.operation { canonical[node.result] = canonical[node.operands[0]] }
    }
    var uses = [Int](repeating: 0, count: graph.shapes.count)
    uses[canonical[output]] += 1
    var isIdentity = Set<Int>()
    for (index, node) in graph.nodes.enumerated() {
      if case .layer(.identity) = node.operation {
        isIdentity.insert(index)
      } else {
        for operand in node.operands { uses[canonical[operand]] += 1 }
      }
    }
    /// Which step makes a value.
    var makers: [Int: Int] = [:]
    /// The step of a convolution whose output nothing else reads.
    func convolution(of value: Int) -> (Int, Convolution)? {
      guard uses[value] == 1, let index = makers[value], case .convolution(let convolution) = steps[index].operation,
        convolution.activation == .none
      else { return nil }
      return (index, convolution)
    }
    func replace(_ index: Int, _ convolution: Convolution, by node: NetworkGraph<Scalar>.Node, _ words: String) {
      steps[index].operation = .convolution(convolution)
      steps[index].result = node.result
      steps[index].fused.append(words)
      makers[node.result] = index
    }
    for (position, node) in graph.nodes.enumerated() where !isIdentity.contains(position) {
      let operands = node.operands.map { canonical[$0] }
      switch node.operation {
      case .layer(.normalization(let map)) where folding:
        if let (index, found) = convolution(of: operands[0]), found.residual == nil {
          var convolution = found
          convolution.foldings.append(map)
          replace(index, convolution, by: node, "BatchNorm2d folded")
          continue
        }
      case .layer(.function(let function, _)):
        if let (activation, words) = function.epilogue, let (index, found) = convolution(of: operands[0]) {
          var convolution = found
          convolution.activation = activation
          replace(index, convolution, by: node, words)
          continue
        }
      case .layer(.slopes(let slopes, _)):
        if let (index, found) = convolution(of: operands[0]) {
          var convolution = found
          // Of an image without a batch the second axis is no channel.
          let shape = graph.shapes[node.operands[0]]
          if slopes.count == 1 {
            convolution.activation = .leaky(slope: Double(slopes.scalars[0]))
          } else if shape.count == 4 || shape.count == 2, slopes.count == convolution.call.outputChannels {
            (convolution.activation, convolution.slopes) = (.slopes, slopes)
          }
          if convolution.activation != .none {
            replace(index, convolution, by: node, "PReLU")
            continue
          }
        }
      case .sum where operands[0] != operands[1]:
        // The term computed last takes the other one as its residual.
        let terms = operands.sorted { (makers[$0] ?? -1) > (makers[$1] ?? -1) }
        if let (index, found) = convolution(of: terms[0]), found.residual == nil {
          var convolution = found
          convolution.residual = terms[1]
          replace(index, convolution, by: node, "sum")
          continue
        }
      default: break
      }
      let operation: Operation =
        if case .layer(.convolution(let call, let images)) = node.operation {
          .convolution(Convolution(call: call, images: images))
        } else {
          .other(node.operation)
        }
      makers[node.result] = steps.count
      steps.append(Step(operation: operation, operands: operands, result: node.result, name: node.name))
    }
  }
}

extension ElementwiseFunction {
  /// The function as the epilogue has it, and its name; `nil` where it has none.
  var epilogue: (EpilogueActivation, String)? {
    switch kind {
    case ConvolutionFunctionReLU: (.clamp(low: 0, high: .infinity), "ReLU")
    case ConvolutionFunctionReLU6: (.clamp(low: 0, high: 6), "ReLU6")
    case ConvolutionFunctionLeakyReLU: (.leaky(slope: parameter), "LeakyReLU")
    case ConvolutionFunctionHardswish: (.hardswish, "Hardswish")
    default: nil
    }
  }
}
