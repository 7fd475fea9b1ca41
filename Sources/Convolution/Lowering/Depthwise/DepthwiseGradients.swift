import CConvolutionKernels

/// The gradients of depthwise layers, without im2col: a product with one row would waste it.
///
/// A task is a range of channels (weight) or of channels of all images (input); what a channel gets depends on no range.
struct DepthwiseGradients<Scalar: ConvolutionScalar> {
  let image: ImageGeometry
  let operands: BackwardOperands<Scalar>
  var instructionSet = Processor.instructionSet

  /// Whether the kernels can compute an image: the runs of both axes are short, and a worker's memory fits.
  static func serves(_ image: ImageGeometry) -> Bool {
    guard image.inputChannelsPerGroup == 1, DepthwiseRuns.areFew(image.rows), DepthwiseRuns.areFew(image.columns) else {
      return false
    }
    let plane = StagedPlane(image)
    guard let scalars = try? SizeArithmetic.product([plane.rows, plane.width], name: "staged plane"),
      scalars <= Workspace.budget
    else { return false }
    let sums = image.outputChannelsPerGroup * image.taps * MemoryLayout<Double>.stride
    return KernelWorkspace(tableCount: 0, workerBytes: sums + scalars * MemoryLayout<Scalar>.stride, threads: 1).fits
  }

  /// Writes the gradient of the weight, or returns false where the output's gradient is not finite: rows of padding are
  /// left out, and by the definition their zeros take part.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func weightGradient() throws(ConvolutionError) -> Bool {
    if let square = DepthwiseSquare(image, instructionSet: instructionSet) {
      try square.weightGradient(operands)
      return true
    }
    guard unsafe UnsafeBufferPointer(start: operands.outputGradient, count: operands.batch * image.outputSize).isFinite
    else { return false }
    let outputs = image.outputChannelsPerGroup
    let count = outputs * image.taps
    unsafe try run(over: image.inputChannels, extraDoubles: count) { shape, channel, staged, sums in
      unsafe sums.update(repeating: 0, count: count)
      for index in 0..<operands.batch {
        unsafe DirectKernels.depthwiseWeightGradient(
          instructionSet, shape, input: operands.input + index * image.inputSize + channel * image.inputPixels,
          outputGradient: operands.outputGradient + index * image.outputSize + channel * outputs * image.outputPixels,
          sums: sums, staged: staged)
      }
      for index in 0..<count { unsafe operands.result[channel * count + index] = Scalar(sums[index]) }
    }
    return true
  }

  /// Writes the gradient of the input.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func inputGradient() throws(ConvolutionError) {
    if try convolveOutputGradient() { return }
    let square = DepthwiseSquare(image, instructionSet: instructionSet)
    if try square?.inputGradient(operands) == true { return }
    let outputs = image.outputChannelsPerGroup
    unsafe try run(over: operands.batch * image.inputChannels, extraDoubles: 0) { shape, plane, staged, _ in
      let channel = plane % image.inputChannels
      unsafe DirectKernels.depthwiseInputGradient(
        instructionSet, shape, outputGradient: operands.outputGradient + plane * outputs * image.outputPixels,
        weight: operands.weight + channel * outputs * image.taps, result: operands.result + plane * image.inputPixels,
        staged: staged)
    }
  }

  /// The gradient of the input by the forward kernel, where it is such a convolution: of the output's gradient with the
  /// filters turned round. Returns false where it is none, or where the weight is not finite: beyond the output's edge
  /// the kernel multiplies by zero, and the gradient has no such product.
  private func convolveOutputGradient() throws(ConvolutionError) -> Bool {
    let count = image.outputChannels * image.taps
    guard let adjoint = image.depthwiseAdjoint, count <= Self.mostTurned,
      DepthwiseShape.obstacle(in: adjoint, scalarSize: MemoryLayout<Scalar>.stride) == nil
    else { return false }
    let weight = unsafe UnsafeBufferPointer(start: operands.weight, count: count)
    guard operands.keptFilters.isFinite(examine: { unsafe weight.isFinite }) else { return false }
    try Workspace.withScalars(count, of: Scalar.self) { turned throws(ConvolutionError) in
      for filter in 0..<image.outputChannels {
        for tap in 0..<image.taps {
          unsafe turned[filter * image.taps + tap] = weight[(filter + 1) * image.taps - 1 - tap]
        }
      }
      let convolution = unsafe ForwardOperands(
        input: operands.outputGradient, weight: UnsafePointer(turned), bias: nil, output: operands.result,
        batch: operands.batch, threads: operands.threads, keptFilters: KeptFilters())
      try DepthwiseForward(adjoint, convolution, instructionSet: instructionSet).run()
    }
    return true
  }

  /// Scalars of a weight that may be turned round in the workspace; depthwise weights are far smaller.
  private static var mostTurned: Int { 1 << 20 }

  private typealias Shape = ConvolutionDepthwiseGradients

  /// Calls `body` for every plane, each worker with doubles and a staged plane of its own.
  private func run(
    over planes: Int, extraDoubles: Int,
    _ body: (UnsafePointer<Shape>, Int, UnsafeMutablePointer<Scalar>, UnsafeMutablePointer<Double>) -> Void
  ) throws(ConvolutionError) {
    let staged = StagedPlane(image)
    let doubleBytes = extraDoubles * MemoryLayout<Double>.stride
    let tasks = min(planes, Self.mostTasks)
    let workspace = KernelWorkspace(
      tableCount: 0, workerBytes: doubleBytes + staged.rows * staged.width * MemoryLayout<Scalar>.stride,
      threads: min(operands.threads, tasks))
    let columns = DepthwiseRuns(image.columns) { $0 }
    try DepthwiseRuns(image.rows, place: staged.row).lend { rows throws(ConvolutionError) in
      try columns.lend { columns throws(ConvolutionError) in
        let shape = unsafe Shape(
          inputHeight: image.rows.input, inputWidth: image.columns.input, outputHeight: image.rows.output,
          outputWidth: image.columns.output, multiplier: image.outputChannelsPerGroup, rowPhases: staged.phases,
          phaseRows: staged.phaseRows, columnStep: image.columns.stride, rows: rows, columns: columns)
        try workspace.lend { _, firstWorker, workerStride in
          Parallel.forEach(tasks, threads: workspace.workers) { task, worker in
            let sums = unsafe firstWorker + worker * workerStride
            unsafe withUnsafePointer(to: shape) { shape in
              for plane in SizeArithmetic.part(task, of: tasks, in: planes) {
                unsafe body(
                  shape, plane, (sums + doubleBytes).assumingMemoryBound(to: Scalar.self),
                  sums.assumingMemoryBound(to: Double.self))
              }
            }
          }
        }
      }
    }
  }

  /// Enough for threads to share the work evenly; many small tasks cost more to hand out than to do.
  private static var mostTasks: Int { 64 }
}

extension ImageGeometry {
  /// The depthwise convolution that makes the input's gradient from the output's, or `nil` where none does.
  fileprivate var depthwiseAdjoint: ImageGeometry? {
    guard outputChannels == groups, let rows = rows.adjoint, let columns = columns.adjoint,
      min(rows.paddingBefore, rows.paddingAfter, columns.paddingBefore, columns.paddingAfter) >= 0
    else { return nil }
    return ImageGeometry(
      inputChannels: outputChannels, outputChannels: inputChannels, groups: groups, rows: rows, columns: columns)
  }
}

/// The plane that the gradient kernels work on: what one kernel column reads, a row of the output's width for every input
/// row. Rows that consecutive outputs read, a stride apart, stand one after the other.
private struct StagedPlane {
  let phases, phaseRows, width: Int

  init(_ image: ImageGeometry) {
    phases = min(image.rows.stride, image.rows.input)
    phaseRows = SizeArithmetic.dividingUp(image.rows.input, by: phases)
    width = image.columns.output
  }

  var rows: Int { phases * phaseRows }

  /// Where an input row stands.
  func row(_ row: Int) -> Int { row % phases * phaseRows + row / phases }
}
