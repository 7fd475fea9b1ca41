import CConvolutionKernels

/// The gradient of the weight as a product whose depth is the output's pixels: the output's gradient times what the taps read.
///
/// A task owns some panels of terms (input channels and taps) of a group. Where there are few, the blocks of pixels are
/// split as well, and the parts' sums are added in order. What is summed in which order is fixed by geometry and batch.
///
/// With a 1x1 kernel input and output may change places: whichever has fewer channels is packed.
struct ImplicitGemmWeightGradient: Sendable {
  /// With input and output channels in each other's place, if these are exchanged.
  private let image: ImageGeometry
  private let isExchanged: Bool
  private let level: ConvolutionInstructionSet
  private let scalarSize: Int
  private let choice: GradientSourceChoice
  private let summation: Summation
  /// Whether taps on padding are left out where the output's gradient is finite.
  private let skipsPadding: Bool
  private let tileLanes: Int

  /// Tasks wanted, for that many threads.
  private static let wantedTasks = 8
  /// Of the sums of a task that stages its pixels for all of its panels, and tasks wanted for each thread then.
  private static let (bytesOfSums, tasksPerThread) = (1 << 20, 4)

  init(_ image: ImageGeometry, scalarSize: Int, level: ConvolutionInstructionSet, precision: Precision) {
    let lanes = AlgorithmChoice.lanes(level, scalarSize: scalarSize)
    isExchanged = image.isPointwise && GradientSourceChoice.exchanges(image, tileLanes: 2 * lanes)
    self.image = (isExchanged ? image.withChannelsExchanged : image).withColumnsAsRows
    self.level = level
    self.scalarSize = scalarSize
    tileLanes = 2 * lanes
    choice = GradientSourceChoice(self.image, scalarSize: scalarSize, lanes: lanes)
    summation = Summation(pixels: image.outputPixels, precision: precision)
    skipsPadding = image.rows.mode == .zeros && !image.rows.isUnpadded
  }

  /// Why the sums cannot be computed, or `nil`: a row of outputs may have to be packed at a time.
  static func unsupportedReason(for image: ImageGeometry, scalarSize: Int, level: ConvolutionInstructionSet) -> String?
  {
    let gradient = ImplicitGemmWeightGradient(image, scalarSize: scalarSize, level: level, precision: .standard)
    return gradient.bytesPerTask <= Workspace.budget / 4 ? nil : "a row of its output exceeds the workspace"
  }

  private var blocksPerImage: Int { choice.blocksPerImage }

  private var pixelsPerBlock: Int {
    SizeArithmetic.dividingUp(image.rows.output, by: blocksPerImage) * image.columns.output
  }

  /// Scalars of the sums of one panel.
  private var sumsPerPanel: Int { image.outputChannelsPerGroup * tileLanes }

  /// What a task of one panel takes at most: its sums and their rests, and the same for a block; pixels packed, and gathered.
  private var bytesPerTask: Int {
    (3 * sumsPerPanel + (pixelsPerBlock + 64) * (tileLanes + tileLanes / 2)) * scalarSize
  }

  /// Parts that the batch's blocks are split into, the same for any number of threads.
  private func sumParts(batch: Int, units: Int) -> Int {
    let fitting = max(1, Workspace.budget / 4 / (2 * units * sumsPerPanel * scalarSize))
    return max(1, min(fitting, SizeArithmetic.dividingUp(Self.wantedTasks, by: units), batch * blocksPerImage))
  }

  private func shape() -> ConvolutionGemm {
    ConvolutionGemm(
      source: choice.source, inputChannels: image.inputChannelsPerGroup,
      outputChannels: image.outputChannelsPerGroup, rows: image.rows.axis, columns: image.columns.axis,
      inputRow: image.columns.input, inputColumn: 1, outputPlane: image.outputPixels, outputRow: image.columns.output,
      outputColumn: 1, inputImage: image.inputSize, outputImage: image.outputSize, keepsSums: false, termsPerPart: 0,
      pieceTerms: summation.pieceTerms, pairwisePieces: summation.pairwisePieces, keepsRests: summation.keepsRests,
      pixelsPerBlock: pixelsPerBlock, columnsPerBlock: image.columns.output,
      stagedLanes: ConvolutionStagedLanesOfRow, isPaired: false, filterFormat: ConvolutionFilterFormatScalar)
  }

  /// Writes the gradient, summed over the batch.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) throws(ConvolutionError) {
    let kernels = unsafe Scalar.kernels(level).pointee.gemm.pointee
    var shape = shape()
    let panels = unsafe kernels.weight_gradient_panels(&shape)
    let units = image.groups * panels
    let parts = sumParts(batch: operands.batch, units: units)
    let ranges = panelRanges(panels, units: units * parts, threads: operands.threads)
    let tasks = image.groups * ranges * parts
    let panelsPerTask = SizeArithmetic.dividingUp(panels, by: ranges)
    // With several parts all sums are kept until they can be added up, and then their rests; otherwise a task's own.
    let (all, own) = (units * sumsPerPanel, panelsPerTask * sumsPerPanel)
    let kept = parts > 1 ? parts * 2 * all : 0
    let ownBytes = parts > 1 ? 0 : WorkerMemory.inWholeLines(2 * own * scalarSize)
    let workers = WorkerMemory(
      bytes: ownBytes + (unsafe kernels.weight_gradient_workspace_bytes(&shape, panelsPerTask)),
      threads: min(operands.threads, tasks), besides: kept * scalarSize)
    let isFinite =
      skipsPadding
      && (unsafe UnsafeBufferPointer(start: operands.outputGradient, count: operands.batch * image.outputSize).isFinite)
    try Workspace.withScalars(kept, of: Scalar.self) { keptSums throws(ConvolutionError) in
      try workers.with { memory in
        Parallel.forEach(tasks, threads: workers.workers) { task, worker in
          let (rest, part) = task.quotientAndRemainder(dividingBy: parts)
          let (group, range) = rest.quotientAndRemainder(dividingBy: ranges)
          let taken = SizeArithmetic.part(range, of: ranges, in: panels)
          let memory = unsafe memory(worker)
          var sums = unsafe memory.assumingMemoryBound(to: Scalar.self)
          if parts > 1 { unsafe sums = keptSums + part * 2 * all + (group * panels + taken.lowerBound) * sumsPerPanel }
          let rests = unsafe sums + (parts > 1 ? all : own)
          unsafe sum(
            operands, kernels, group: group, panels: taken, part: part, of: parts, skipsPadding: isFinite, sums: sums,
            rests: rests, workspace: memory + ownBytes)
          if parts == 1 { unsafe store(sums, rests, group: group, panels: taken, kernels, into: operands.result) }
        }
      }
      guard parts > 1 else { return }
      Parallel.forEach(units, threads: operands.threads) { unit, _ in
        let sums = unsafe keptSums + unit * sumsPerPanel
        for part in 1..<parts {
          let more = unsafe sums + part * 2 * all
          unsafe kernels.add_weight_gradient(sums, sums + all, more, more + all, sumsPerPanel)
        }
        let (group, panel) = unit.quotientAndRemainder(dividingBy: panels)
        unsafe store(sums, sums + all, group: group, panels: panel..<panel + 1, kernels, into: operands.result)
      }
    }
  }

  /// How many ranges the panels of a group are split into. What is packed serves one panel; what is staged serves all of a task.
  private func panelRanges(_ panels: Int, units: Int, threads: Int) -> Int {
    guard choice.source != ConvolutionSourcePackedLanes else { return panels }
    let most = max(1, Self.bytesOfSums / (sumsPerPanel * scalarSize))
    let wanted = threads == 1 ? 1 : SizeArithmetic.dividingUp(Self.tasksPerThread * threads * panels, by: units)
    return max(SizeArithmetic.dividingUp(panels, by: most), min(panels, wanted))
  }

  private func sum<Scalar: ConvolutionScalar>(
    _ operands: BackwardOperands<Scalar>, _ kernels: ConvolutionGemmKernels, group: Int, panels: Range<Int>, part: Int,
    of parts: Int, skipsPadding: Bool, sums: UnsafeMutablePointer<Scalar>, rests: UnsafeMutablePointer<Scalar>,
    workspace: UnsafeMutableRawPointer
  ) {
    let blocks = SizeArithmetic.part(part, of: parts, in: operands.batch * blocksPerImage)
    var (input, outputGradient) = unsafe (operands.input, operands.outputGradient)
    if isExchanged { unsafe swap(&input, &outputGradient) }
    var shape = shape()
    var call = unsafe ConvolutionWeightGradient(
      input: input + group * image.inputChannelsPerGroup * image.inputPixels,
      outputGradient: outputGradient + group * image.outputChannelsPerGroup * image.outputPixels,
      firstBlock: blocks.lowerBound, blocks: blocks.count, blocksPerImage: blocksPerImage, skipsPadding: skipsPadding)
    unsafe kernels.weight_gradient(&shape, &call, panels.lowerBound, panels.count, sums, rests, workspace)
  }

  private func store<Scalar: ConvolutionScalar>(
    _ sums: UnsafeMutablePointer<Scalar>, _ rests: UnsafeMutablePointer<Scalar>, group: Int, panels: Range<Int>,
    _ kernels: ConvolutionGemmKernels, into result: UnsafeMutablePointer<Scalar>
  ) {
    var shape = shape()
    unsafe kernels.store_weight_gradient(
      &shape, panels.lowerBound, panels.count, isExchanged, sums, rests,
      result + group * image.outputChannelsPerGroup * image.reduction)
  }
}
