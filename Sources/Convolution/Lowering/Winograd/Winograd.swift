import CConvolutionKernels

/// Computes a ``WinogradConvolution`` of a batch.
///
/// The work is split into units, a block of tiles of one group each. Where there are two for each thread or more, every
/// thread takes units of its own; those left over, or too few to be shared out evenly, are computed by all threads
/// together, first the channels of the input, then the panels of output channels. The kernels give the same bits either way.
@safe struct Winograd {
  let convolution: WinogradConvolution
  let filters: WinogradFilters
  /// `batch` images of `[C, H, W]`.
  let input: UnsafePointer<Float>
  let epilogue: Epilogue<Float>
  /// `batch` images of `[O, Hout, Wout]`; every scalar is written.
  let output: UnsafeMutablePointer<Float>
  let batch: Int
  let threads: Int

  /// Returns false, and has written nothing, where the filters do not suit tiles.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run(derivedWeights: DerivedWeights) throws(ConvolutionError) -> Bool {
    let locality = try WinogradLocality(filters, keptIn: derivedWeights, threads: threads)
    if locality.isUnsuitable { return false }
    let blocking = WinogradBlocking.forProducts(convolution, batch: batch, threads: threads)
    let filterScratch = filters.scratchSize(
      blocks: blocking.blocks, threads: threads, derivedWeights: derivedWeights)
    let transformedFilters =
      try filterScratch == 0 ? filters.transformed(keptIn: derivedWeights, threads: threads) : nil
    try WinogradUnits.with(
      convolution, blocking: blocking, batch: batch, level: filters.level, locality: locality,
      filterScratch: filterScratch
    ) { units throws(ConvolutionError) in
      let sizes = units.sizes(threads: threads)
      try Workspace.withScalars(sizes.count, of: Float.self) { workspace in
        // What is kept with the weight may be dropped while this runs.
        defer { extendLifetime(transformedFilters) }
        unsafe run(units, sizes, transformedFilters.map { unsafe UnsafePointer($0.pointer(to: Float.self)) }, workspace)
      }
    }
    return true
  }

  /// Computes the batch of the units.
  ///
  /// - Parameters:
  ///   - transformedFilters: `nil` where the kernels transform the filters while they read them.
  ///   - workspace: As many scalars as the sizes count.
  func run(
    _ units: WinogradUnits, _ sizes: WinogradUnits.Sizes, _ transformedFilters: UnsafePointer<Float>?,
    _ workspace: UnsafeMutablePointer<Float>
  ) {
    let (inputSize, scratchSize, workers) = (sizes.input, sizes.scratch, sizes.workers)
    let sideBySide = sizes.sideBySide
    let scratch = unsafe workspace + sizes.inputs * inputSize
    Parallel.forEach(sideBySide, threads: workers) { index, worker in
      let unit = units.unit(index)
      let transformed = unsafe workspace + worker * inputSize
      let scratch = unsafe scratch + worker * scratchSize
      unsafe units.transformInput(
        unit, of: input, channelBlocks: 0..<units.channelBlocks, into: transformed, scratch: scratch)
      unsafe multiply(unit, units, 0..<units.panels, transformedFilters, transformed, scratch)
    }
    for index in sideBySide..<units.count {
      let unit = units.unit(index)
      Parallel.forEachPart(of: units.channelBlocks, threads: workers) { range, worker in
        unsafe units.transformInput(
          unit, of: input, channelBlocks: range, into: workspace, scratch: scratch + worker * scratchSize)
      }
      Parallel.forEachPart(of: units.panels, threads: workers) { range, worker in
        unsafe multiply(unit, units, range, transformedFilters, workspace, scratch + worker * scratchSize)
      }
    }
  }

  private func multiply(
    _ unit: WinogradUnits.Unit, _ units: WinogradUnits, _ panels: Range<Int>,
    _ transformedFilters: UnsafePointer<Float>?, _ transformedInput: UnsafePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    var (block, layer) = unsafe (unit.block, units.layer)
    var definition = unsafe filters.definition(group: unit.group)
    let group = unit.group * convolution.outputGroupSize
    var epilogue = unsafe epilogue.kernels(channel: unit.group * convolution.outputChannels, output: group)
    unsafe units.withLocality(of: unit) { locality in
      unsafe convolution_winograd_multiply(
        units.level, &layer, &block, panels.lowerBound, panels.upperBound, locality, transformedInput,
        transformedFilters.map { unsafe $0 + unit.group * filters.sizePerGroup }, &definition, &epilogue,
        input + unit.group * convolution.inputGroupSize, output + group, scratch)
    }
  }
}

extension WinogradUnits {
  /// How the workspace of a call is cut up.
  struct Sizes {
    /// Scalars of one unit's transformed input, and of one worker's scratch.
    let input, scratch: Int
    let workers: Int
    /// Units that workers take for themselves.
    let sideBySide: Int

    /// Transformed inputs that are held at a time.
    var inputs: Int { sideBySide > 0 ? workers : 1 }
    var count: Int { inputs * input + workers * scratch }
  }

  func sizes(threads: Int) -> Sizes {
    let (input, scratch) = (transformedInputSize(isLocal: true), scratchSize)
    let workers = max(1, min(threads, (room - input) / scratch))
    let fitSideBySide = workers * (input + scratch) <= room
    let areEnough = workers == 1 || count >= 2 * workers
    return Sizes(
      input: input, scratch: scratch, workers: workers,
      sideBySide: fitSideBySide && areEnough ? count / workers * workers : 0)
  }

  /// Bytes of workspace for the products of a batch, with the scratch in which the filters are looked at before.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  static func workspaceBytes(
    _ convolution: WinogradConvolution, batch: Int, threads: Int, level: ConvolutionInstructionSet
  ) throws(ConvolutionError) -> Int {
    let scalars = try with(
      convolution, blocking: .forProducts(convolution, batch: batch, threads: threads), batch: batch, level: level
    ) { units in units.sizes(threads: threads).count }
    let tables = Workspace.budget - room(for: convolution) * MemoryLayout<Float>.stride
    return max(
      scalars * MemoryLayout<Float>.stride + tables, WinogradLocality.scratchBytes(convolution, threads: threads))
  }
}
