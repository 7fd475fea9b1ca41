public import Convolution
import Synchronization

/// A network made ready for inputs of one shape: the inference form.
///
/// Weights are packed, layers fused and buffers planned when it is made (`Module.prepared(for:folding:weights:)`), so that a call only
/// computes. It is immutable and may be used from any number of threads at a time; each call that runs beside others takes
/// buffers of its own, which are kept for the next.
///
/// ```swift
/// let network = try Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3)
/// let prepared = try network.prepared(for: [1, 3, 224, 224])
/// let output = try prepared(Tensor(zeros: [1, 3, 224, 224]))
/// ```
///
/// The article <doc:ServingANetwork> says what is fused.
public struct PreparedNetwork<Scalar: ConvolutionScalar>: Sendable {
  let plan: NetworkPlan<Scalar>

  /// The shape that the network was prepared for.
  public var inputShape: [Int] { plan.inputShape }

  /// The output for an input of the prepared shape, or of a smaller batch.
  ///
  /// - Throws: `ConvolutionError.shapeMismatch` for another shape, `ConvolutionError.outOfMemory`, what modules throw that
  ///   are run as they are, and `CancellationError`: no further step begins in a cancelled task.
  public func forward(_ input: Tensor<Scalar>) throws -> Tensor<Scalar> {
    var output = try Tensor<Scalar>(uninitialized: outputShape(for: input.shape))
    try plan.run(input, &output)
    return output
  }

  /// The same as ``forward(_:)``.
  public func callAsFunction(_ input: Tensor<Scalar>) throws -> Tensor<Scalar> {
    try forward(input)
  }

  /// Writes the output into a tensor that the caller keeps.
  ///
  /// - Parameters:
  ///   - input: Of the prepared shape, or of a smaller batch.
  ///   - output: Of the output's shape (``outputShape(for:)``); what it held does not matter.
  /// - Throws: What ``forward(_:)`` throws, and `ConvolutionError.shapeMismatch` for an output of another shape. `output` is
  ///   then unchanged.
  public func forward(_ input: Tensor<Scalar>, into output: inout Tensor<Scalar>) throws {
    try plan.check(input.shape)
    guard plan.isOutputShape(output.shape, for: input.shape) else {
      throw ConvolutionError.shapeMismatch(
        name: "output", expected: "\(try outputShape(for: input.shape))", actual: output.shape)
    }
    try output.makeUnique()
    try plan.run(input, &output)
  }

  /// The output's shape for an input of the prepared shape, or of a smaller batch.
  ///
  /// - Throws: `ConvolutionError.shapeMismatch` for another shape; it says which the network was prepared for.
  public func outputShape(for inputShape: [Int]) throws -> [Int] {
    try plan.check(inputShape)
    return plan.isBatched ? [inputShape[0]] + plan.outputShape.dropFirst() : plan.outputShape
  }

  /// What a call costs with the largest batch.
  public var cost: PreparedCost { plan.cost }
}

extension PreparedNetwork: CustomStringConvertible {
  /// One line for each step: where it stands in the network, what became part of it and which algorithm it takes.
  public var description: String {
    let lines = plan.steps.map { "  \($0.text)\n" }
    return "PreparedNetwork(\(plan.inputShape) -> \(plan.outputShape)\n\(lines.joined()))"
  }
}

/// What a prepared network costs.
///
/// ```swift
/// let network = try Sequential<Float>([Conv2d<Float>(inputChannels: 3, outputChannels: 8, kernelSize: 3)])
/// let cost = try network.prepared(for: [1, 3, 32, 32]).cost
/// print(cost.operations)     // 388800
/// ```
public struct PreparedCost: Sendable, Hashable {
  /// Additions and multiplications of its convolutions, as `ConvolutionCost.operations`, with the largest batch.
  public var operations: Int
  /// Packed and transformed weights, biases, and what else is kept for the kernels.
  public var weightBytes: Int
  /// Buffers and workspace of one call at a time.
  public var bufferBytes: Int
}

/// The steps and the memory of a prepared network.
final class NetworkPlan<Scalar: ConvolutionScalar>: Sendable {
  let inputShape, outputShape: [Int]
  /// Whether the first axis is a batch, of any size up to the prepared one.
  let isBatched: Bool
  let steps: [PreparedStep<Scalar>]
  let cost: PreparedCost
  private let threads: Int
  private let memoryCount, workspaceCount: Int
  /// Steps before which a cancelled task stops: up to the first that writes to the caller's output, which is whole or
  /// untouched.
  private let cancellableSteps: Int
  /// Buffers that no call uses now.
  private let idle = Mutex<[Tensor<Scalar>]>([])

  init(
    inputShape: [Int], outputShape: [Int], isBatched: Bool, steps: [PreparedStep<Scalar>], memoryCount: Int,
    threads: Int
  ) throws {
    self.inputShape = inputShape
    self.outputShape = outputShape
    self.isBatched = isBatched
    self.steps = steps
    self.memoryCount = memoryCount
    self.threads = threads
    cancellableSteps = steps.prefix { $0.output.space != .output }.count + 1
    let bytes = steps.map { $0.workspaceBytes(threads: threads) }.max() ?? 0
    workspaceCount = SizeArithmetic.dividingUp(bytes, by: MemoryLayout<Scalar>.stride)
    var (operations, weightBytes) = (0, 0)
    for step in steps {
      guard case .convolution(let convolution, _) = step.operation else { continue }
      operations = try SizeArithmetic.sum([operations, convolution.operations], name: "operations")
      weightBytes += convolution.weightBytes
    }
    cost = PreparedCost(
      operations: operations, weightBytes: weightBytes,
      bufferBytes: (memoryCount + workspaceCount) * MemoryLayout<Scalar>.stride)
    // The first call finds its buffers there.
    let memory = try makeMemory()
    idle.withLock { $0.append(memory) }
  }

  func check(_ shape: [Int]) throws {
    guard shape.count == inputShape.count, shape.dropFirst() == inputShape.dropFirst(),
      isBatched ? (0...inputShape[0]).contains(shape[0]) : shape == inputShape
    else {
      throw ConvolutionError.shapeMismatch(
        name: "input",
        expected: "\(inputShape), which the network was prepared for\(isBatched ? ", or a smaller batch of it" : "")",
        actual: shape)
    }
  }

  /// Whether a tensor takes the output of an input that has been checked.
  func isOutputShape(_ shape: [Int], for inputShape: [Int]) -> Bool {
    guard isBatched else { return shape == outputShape }
    return shape.count == outputShape.count && shape[0] == inputShape[0]
      && shape.dropFirst() == outputShape.dropFirst()
  }

  private func makeMemory() throws -> Tensor<Scalar> { try Tensor(uninitialized: [memoryCount + workspaceCount]) }

  /// Computes the output; its shape has been checked, and no other tensor shares its memory.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  func run(_ input: Tensor<Scalar>, _ output: inout Tensor<Scalar>) throws {
    let images = isBatched ? input.shape[0] : 1
    guard images > 0, input.count > 0 else { return }
    var memory = try idle.withLock { $0.popLast() } ?? makeMemory()
    defer { idle.withLock { $0.append(memory) } }
    try memory.withUnsafeMutableBufferPointer { memory in
      try output.withUnsafeMutableBufferPointer { output in
        try input.withUnsafeBufferPointer { input in
          let call = unsafe NetworkMemory(
            input: input.baseAddress!, output: output.baseAddress!, memory: memory.baseAddress!,
            workspace: memory.baseAddress! + memoryCount, images: images, threads: threads)
          for index in steps.indices {
            if index < cancellableSteps { try Task.checkCancellation() }
            try steps[index].run(call)
          }
        }
      }
    }
  }
}
