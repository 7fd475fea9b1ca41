import Convolution

/// The memory that kernels of one call read and write, as their tasks share it.
@safe struct Operands<Input: ConvolutionScalar, Scalar: ConvolutionScalar> {
  let first, second: UnsafePointer<Input>
  let result: UnsafeMutablePointer<Scalar>
  /// Uninitialised, this worker's own.
  let workspace: UnsafeMutablePointer<Scalar>

  /// The size of an input's scalar, by which the kernels tell Float from Double.
  var scalarBytes: Int { MemoryLayout<Input>.size }
}

extension Tensor {
  /// A tensor of a shape whose scalars `body` writes, every one, from two others of any shape.
  ///
  /// - Parameters:
  ///   - parts: How many independent parts there are; what `body` computes for one must not depend on the range it comes in.
  ///   - workspace: How many scalars of workspace each worker gets.
  ///   - body: Computes a range of parts.
  static func computed<Input>(
    shape: [Int], from first: Tensor<Input>, _ second: Tensor<Input>, parts: Int, device: Device, workspace: Int = 0,
    _ body: (Range<Int>, Operands<Input, Scalar>) -> Void
  ) throws(ConvolutionError) -> Tensor {
    var result = try Tensor(uninitialized: shape)
    guard parts > 0 else { return result }
    // A thread is worth its start from some ten thousand scalars on.
    let scalars = Swift.max(first.count, result.count)
    let threads = Swift.min(device.threads, parts, 1 + scalars >> 14)
    let bytes = try SizeArithmetic.product([workspace, threads], name: "scalars of workspace")
    try Workspace.withScalars(bytes, of: Scalar.self) { buffer throws(ConvolutionError) in
      first.withUnsafeBufferPointer { first in
        second.withUnsafeBufferPointer { second in
          result.withUnsafeMutableBufferPointer { result in
            Parallel.forEachPart(of: parts, threads: threads) { range, worker in
              let operands = unsafe Operands(
                first: first.baseAddress!, second: second.baseAddress!, result: result.baseAddress!,
                workspace: buffer + worker * workspace)
              body(range, operands)
            }
          }
        }
      }
    }
    return result
  }

  /// Throws unless this tensor, an output's gradient, has the output's shape.
  func expectShape(_ expected: [Int]) throws(ConvolutionError) {
    guard shape == expected else {
      throw .shapeMismatch(name: "outputGradient", expected: "\(expected)", actual: shape)
    }
  }
}
