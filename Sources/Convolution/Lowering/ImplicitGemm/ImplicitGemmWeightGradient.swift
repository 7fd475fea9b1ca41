import CConvolutionKernels

/// The gradient of the weight as a product whose depth is the output's pixels: the output's gradient times what the taps read.
///
/// A task owns a panel of terms (input channels and taps) of a group. Where that makes too few tasks, the blocks of pixels are
/// split as well, and the parts' sums are added in order. What is summed in which order is fixed by geometry and batch.
struct ImplicitGemmWeightGradient: Sendable {
  private let image: ImageGeometry
  private let level: ConvolutionInstructionSet
  private let scalarSize: Int
  /// Blocks of output rows of an image.
  private let blocksPerImage: Int
  private let panels: Int
  /// Whether taps on padding are left out where the output's gradient is finite.
  private let skipsPadding: Bool
  private let tileLanes: Int

  /// Pixels of a block: what is packed of them stays in the second-level cache.
  private static let pixelsPerBlock = 512
  /// Tasks wanted, for that many threads.
  private static let wantedTasks = 8

  init(_ image: ImageGeometry, scalarSize: Int, level: ConvolutionInstructionSet) {
    self.image = image.withColumnsAsRows
    self.level = level
    self.scalarSize = scalarSize
    tileLanes = 2 * AlgorithmChoice.lanes(level, scalarSize: scalarSize)
    panels = SizeArithmetic.dividingUp(image.reduction, by: tileLanes)
    let rows = max(1, Self.pixelsPerBlock / self.image.columns.output)
    blocksPerImage = SizeArithmetic.dividingUp(self.image.rows.output, by: rows)
    skipsPadding = image.rows.mode == .zeros && !image.rows.isUnpadded
  }

  /// Why the sums cannot be computed, or `nil`: a row of outputs is packed at a time.
  static func unsupportedReason(for image: ImageGeometry, scalarSize: Int, level: ConvolutionInstructionSet) -> String?
  {
    let gradient = ImplicitGemmWeightGradient(image, scalarSize: scalarSize, level: level)
    return gradient.bytesPerTask <= Workspace.budget / 4 ? nil : "a row of its output exceeds the workspace"
  }

  private var pixelsPerBlock: Int {
    SizeArithmetic.dividingUp(image.rows.output, by: blocksPerImage) * image.columns.output
  }

  /// Scalars of the sums of one panel.
  private var sumsPerPanel: Int { image.outputChannelsPerGroup * tileLanes }

  /// What a task takes at most: its sums and their rests, and the same for a block; pixels packed, and gathered.
  private var bytesPerTask: Int {
    (3 * sumsPerPanel + (pixelsPerBlock + 64) * (tileLanes + tileLanes / 2)) * scalarSize
  }

  /// Parts that the batch's blocks are split into, the same for any number of threads.
  private func sumParts(batch: Int) -> Int {
    let tasks = image.groups * panels
    let fitting = max(1, Workspace.budget / 4 / (2 * tasks * sumsPerPanel * scalarSize))
    return max(1, min(fitting, SizeArithmetic.dividingUp(Self.wantedTasks, by: tasks), batch * blocksPerImage))
  }

  private func shape() -> ConvolutionGemm {
    ConvolutionGemm(
      source: ConvolutionSourcePackedLanes, inputChannels: image.inputChannelsPerGroup,
      outputChannels: image.outputChannelsPerGroup, rows: image.rows.axis, columns: image.columns.axis,
      outputPlane: image.outputPixels, outputRow: image.columns.output, outputColumn: 1, inputImage: image.inputSize,
      outputImage: image.outputSize, keepsSums: false, termsPerPart: 0, pixelsPerBlock: pixelsPerBlock,
      columnsPerBlock: image.columns.output)
  }

  /// Writes the gradient, summed over the batch.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) throws(ConvolutionError) {
    let kernels = unsafe Scalar.kernels(level).pointee.gemm.pointee
    let parts = sumParts(batch: operands.batch)
    let units = image.groups * panels
    // With several parts all sums are kept until they can be added up; otherwise a task's own.
    let kept = parts > 1 ? units * parts * 2 * sumsPerPanel : 0
    var shape = shape()
    let taskBytes = unsafe kernels.weight_gradient_workspace_bytes(&shape, 1)
    let workerBytes = WorkerMemory.inWholeLines(2 * sumsPerPanel * scalarSize) + taskBytes
    let workers = WorkerMemory(
      bytes: workerBytes, threads: min(operands.threads, units * parts),
      besides: kept * scalarSize)
    let isFinite =
      skipsPadding
      && (unsafe UnsafeBufferPointer(start: operands.outputGradient, count: operands.batch * image.outputSize).isFinite)
    try Workspace.withScalars(kept, of: Scalar.self) { keptSums throws(ConvolutionError) in
      try workers.with { memory in
        Parallel.forEach(units * parts, threads: workers.workers) { task, worker in
          let (unit, part) = task.quotientAndRemainder(dividingBy: parts)
          let own = unsafe memory(worker)
          let sums =
            unsafe parts > 1
            ? keptSums + (unit * parts + part) * 2 * sumsPerPanel : own.assumingMemoryBound(to: Scalar.self)
          unsafe sum(
            operands, kernels, unit: unit, part: part, of: parts, skipsPadding: isFinite, sums: sums,
            workspace: own + WorkerMemory.inWholeLines(2 * sumsPerPanel * scalarSize))
          if parts == 1 { unsafe store(sums, unit: unit, kernels, into: operands.result) }
        }
      }
      guard parts > 1 else { return }
      Parallel.forEach(units, threads: operands.threads) { unit, _ in
        let sums = unsafe keptSums + unit * parts * 2 * sumsPerPanel
        for part in 1..<parts {
          let more = unsafe sums + part * 2 * sumsPerPanel
          unsafe kernels.add_weight_gradient(sums, sums + sumsPerPanel, more, more + sumsPerPanel, sumsPerPanel)
        }
        unsafe store(sums, unit: unit, kernels, into: operands.result)
      }
    }
  }

  private func sum<Scalar: ConvolutionScalar>(
    _ operands: BackwardOperands<Scalar>, _ kernels: ConvolutionGemmKernels, unit: Int, part: Int, of parts: Int,
    skipsPadding: Bool, sums: UnsafeMutablePointer<Scalar>, workspace: UnsafeMutableRawPointer
  ) {
    let (group, panel) = unit.quotientAndRemainder(dividingBy: panels)
    let blocks = SizeArithmetic.part(part, of: parts, in: operands.batch * blocksPerImage)
    var shape = shape()
    var call = unsafe ConvolutionWeightGradient(
      input: operands.input + group * image.inputChannelsPerGroup * image.inputPixels,
      outputGradient: operands.outputGradient + group * image.outputChannelsPerGroup * image.outputPixels,
      firstBlock: blocks.lowerBound, blocks: blocks.count, blocksPerImage: blocksPerImage, skipsPadding: skipsPadding)
    unsafe kernels.weight_gradient(&shape, &call, panel, 1, sums, sums + sumsPerPanel, workspace)
  }

  private func store<Scalar: ConvolutionScalar>(
    _ sums: UnsafeMutablePointer<Scalar>, unit: Int, _ kernels: ConvolutionGemmKernels,
    into result: UnsafeMutablePointer<Scalar>
  ) {
    let (group, panel) = unit.quotientAndRemainder(dividingBy: panels)
    var shape = shape()
    unsafe kernels.store_weight_gradient(
      &shape, panel, 1, sums, sums + sumsPerPanel, result + group * image.outputChannelsPerGroup * image.reduction)
  }
}
