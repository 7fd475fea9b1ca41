import CConvolutionKernels

/// A product of a batch, cut up for its threads, and what it needs of the workspace.
struct ImplicitGemmCall<Scalar: ConvolutionScalar>: Sendable {
  private let gemm: ImplicitGemm
  private let grid: TaskGrid
  /// Threads that can be kept busy.
  let threads: Int

  init(_ gemm: ImplicitGemm, batch: Int, threads: Int) {
    self.gemm = gemm
    grid = TaskGrid(gemm, batch: batch, threads: threads)
    self.threads = min(threads, grid.tasks)
  }

  /// Bytes of workspace for one worker.
  var workerBytes: Int {
    let kernels = unsafe Scalar.kernels(gemm.level).pointee.gemm.pointee
    var shape = shape(inputImage: 0, outputImage: 0)
    return unsafe kernels.workspace_bytes(&shape, grid.panelsPerTask)
  }

  private func shape(inputImage: Int, outputImage: Int) -> ConvolutionGemm {
    gemm.shape(
      pixelsPerBlock: grid.pixelsPerBlock, columnsPerBlock: grid.columnsPerBlock, keepsSums: grid.keepsSums,
      stagedLanes: grid.stagedLanes, inputImage: inputImage, outputImage: outputImage)
  }

  /// Where a call reads and writes: the first scalar of group 0 of image 0, and from one image to the next.
  @safe struct Operands {
    var input: UnsafePointer<Scalar>
    var inputImage: Int
    /// Packed, in the product's format.
    var filters: UnsafeRawPointer
    var epilogue = unsafe Epilogue<Scalar>()
    var output: UnsafeMutablePointer<Scalar>
    var outputImage: Int
  }

  var tasks: Int { grid.tasks }

  /// Computes every output of the batch, or one of so many parts of them.
  ///
  /// - Parameter memory: Of each of so many workers.
  func run(
    _ operands: Operands, part: Int = 0, of parts: Int = 1, workers: Int,
    memory: (_ worker: Int) -> UnsafeMutableRawPointer
  ) {
    let kernels = unsafe Scalar.kernels(gemm.level).pointee.gemm.pointee
    let shape = shape(inputImage: operands.inputImage, outputImage: operands.outputImage)
    let filterBytes =
      unsafe withUnsafePointer(to: shape) { unsafe kernels.filter_size($0) }
      * gemm.weights.byteCount(of: Scalar.self)
    let inputGroup = gemm.inputChannels * gemm.inputPixels
    let outputGroup = gemm.channelsOfOutput * gemm.outputSteps.plane
    let tasks = SizeArithmetic.part(part, of: parts, in: grid.tasks)
    Parallel.forEach(tasks.count, threads: min(workers, threads)) { index, worker in
      let task = grid.task(tasks.lowerBound + index)
      guard task.block.pixels > 0 else { return }
      var (shape, block) = (shape, task.block)
      let output = task.image * operands.outputImage + task.group * outputGroup
      var epilogue = unsafe operands.epilogue.kernels(channel: task.group * gemm.channelsOfOutput, output: output)
      unsafe kernels.multiply(
        &shape, &block, &epilogue,
        operands.input + task.image * operands.inputImage + task.group * inputGroup,
        operands.filters + task.group * filterBytes,
        operands.output + output, task.panels.lowerBound, task.panels.count, memory(worker))
    }
  }
}

extension ImplicitGemmCall {
  /// Workspace for its workers.
  var workerMemory: WorkerMemory { WorkerMemory(bytes: workerBytes, threads: threads) }
}
