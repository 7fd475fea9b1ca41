import CConvolutionKernels

/// The gradient of a convolution's weight by Winograd: at every position of the transformed tile a product of the input
/// with the gradient of the output, summed over the tiles of the batch.
///
/// Blocks of tiles follow each other in an order that geometry and batch fix; threads share the channels and positions of
/// one block.
@safe struct WinogradWeightGradient {
  let convolution: WinogradConvolution
  /// `batch` images of `[C, H, W]`.
  let input: UnsafePointer<Float>
  /// `batch` images of `[O, Hout, Wout]`.
  let outputGradient: UnsafePointer<Float>
  /// `[O, I / groups, kH, kW]`; every scalar is written.
  let result: UnsafeMutablePointer<Float>
  let batch: Int
  let threads: Int
  let level: ConvolutionInstructionSet

  /// Whether every tap reads the input for an eighth of the outputs along an axis or more, since the gradient of one that does not
  /// is a short sum, or zero; of 5x5 filters, the rounding of whose tiles is five times as much, for most outputs.
  static func tapsReadInput(_ convolution: WinogradConvolution) -> Bool {
    convolution.isWide
      ? leastShare(convolution) >= 0.7 : min(leastShare(convolution.rows), leastShare(convolution.columns)) >= 0.125
  }

  /// The least share of the outputs for which a tap reads the input.
  private static func leastShare(_ convolution: WinogradConvolution) -> Double {
    leastShare(convolution.rows) * leastShare(convolution.columns)
  }
  private static func leastShare(_ map: AxisGeometry) -> Double {
    map.mode != .zeros ? 1 : Double((0..<map.kernel).map { map.interior(tap: $0).count }.min()!) / Double(map.output)
  }

  /// Whether tiles take less than plain sums, which do not have to transform what few channels share, and their rounding is
  /// outweighed: of 5x5 filters, whose products are many, by evenly spread values of a batch that has so many for every tap.
  var isWorthwhile: Bool {
    guard convolution.isWide else {
      let lanes = AlgorithmChoice.lanes(level, scalarSize: MemoryLayout<Float>.stride)
      return convolution.inputChannels * convolution.outputChannels >= Self.fewestPairsForEachLane * lanes
    }
    let pixels = batch * convolution.rows.output * convolution.columns.output
    return Self.leastShare(convolution) * Double(max(pixels, 1024)) >= Self.fewestProducts
  }
  private static let fewestPairsForEachLane = 32
  private static let fewestProducts = 2560.0

  /// Whether the workspace can hold the sums beside a block of tiles.
  static func fitsWorkspace(_ convolution: WinogradConvolution, level: ConvolutionInstructionSet) -> Bool {
    convolution_winograd_filter_panel_size(level, convolution.scheme, convolution.inputChannels)
      * convolution_winograd_panels(level, convolution.scheme, convolution.outputChannels)
      + magnitudesSize(convolution.inputChannels, level: level)
      + 2 * magnitudesSize(convolution.outputChannels, level: level)
      <= WinogradUnits.room(for: convolution)
      - WinogradBlocking.mostBytesPerSum(convolution) / MemoryLayout<Float>.stride
  }

  /// Tiles whose products are summed before the sum is added to the total with the rest that its rounding leaves: of more equal
  /// ones, running sums of 64 could err by more than 64 units.
  private static let tilesPerSum = 8192

  private var sumsPerPanel: Int {
    convolution_winograd_filter_panel_size(level, convolution.scheme, convolution.inputChannels)
  }

  private static func magnitudesSize(_ channels: Int, level: ConvolutionInstructionSet) -> Int {
    WinogradUnits.aligned(convolution_winograd_magnitudes_size(level, channels))
  }

  private var inputMagnitudesSize: Int { Self.magnitudesSize(convolution.inputChannels, level: level) }

  /// Of the channels of whole panels.
  private var gradientMagnitudesSize: Int { 2 * Self.magnitudesSize(convolution.outputChannels, level: level) }

  /// Returns whether no element of the gradient may be lost in the rounding of its tiles.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run() throws(ConvolutionError) -> Bool {
    try WinogradUnits.with(
      convolution, blocking: .forSums(convolution, batch: batch), batch: batch, level: level
    ) { units throws(ConvolutionError) in
      let inputSize = units.transformedInputSize(isLocal: false)
      let gradientSize = units.panels * gradientPanelSize(units)
      let sumSize = units.panels * sumsPerPanel
      let magnitudesSize = inputMagnitudesSize + gradientMagnitudesSize
      let one = inputSize + gradientSize + sumSize + magnitudesSize
      let tiles = (0..<units.blocking.blocks).map { units.unit($0).tiles }
      let keepsTotals =
        tiles.reduce(0, +) > Self.tilesPerSum && one + 2 * sumSize + units.scratchSize <= units.room
      let shared = one + (keepsTotals ? 2 * sumSize : 0)
      let workers = max(1, min(threads, (units.room - shared) / units.scratchSize))
      return try Workspace.withScalars(shared + workers * units.scratchSize, of: Float.self) { workspace in
        let memory = unsafe Memory(
          input: workspace, gradients: workspace + inputSize, sums: workspace + inputSize + gradientSize,
          totals: keepsTotals ? workspace + one - magnitudesSize : nil,
          magnitudes: workspace + shared - magnitudesSize, scratch: workspace + shared)
        var isExact = true
        for group in 0..<convolution.groups {
          unsafe memory.magnitudes.update(repeating: 0, count: magnitudesSize)
          unsafe memory.totals?.update(repeating: 0, count: 2 * sumSize)
          var summed = 0
          for block in 0..<units.blocking.blocks {
            let unit = units.unit(group * units.blocking.blocks + block)
            let isLast = block == units.blocking.blocks - 1
            transform(unit, units, memory, workers: workers)
            sum(unit, units, memory, isFirst: summed == 0, isLast: isLast, workers: workers)
            summed += tiles[block]
            if isLast || summed + tiles[block + 1] > Self.tilesPerSum {
              addToTotals(group: group, units, memory, isLast: isLast, workers: workers)
              summed = keepsTotals ? 0 : summed
            }
          }
          isExact = isExact && channelsOverlap(group: group, units, memory, scratchSize: inputSize)
        }
        return isExact
      }
    }
  }

  /// The parts of the workspace: a block's transformed input and output gradient, the sums, their totals with the rests of
  /// these behind them, and the workers' scratch.
  @safe private struct Memory {
    var input, gradients, sums: UnsafeMutablePointer<Float>
    var totals: UnsafeMutablePointer<Float>?
    var magnitudes, scratch: UnsafeMutablePointer<Float>
  }

  /// What was transformed is not needed any more.
  private func channelsOverlap(group: Int, _ units: WinogradUnits, _ memory: Memory, scratchSize: Int) -> Bool {
    var layer = unsafe units.layer
    return unsafe convolution_winograd_channels_overlap(
      level, &layer, memory.magnitudes, memory.magnitudes + inputMagnitudesSize,
      input + group * convolution.inputGroupSize, outputGradient + group * convolution.outputGroupSize, memory.input,
      scratchSize)
  }

  /// Scalars of one panel of the largest unit's transformed output gradient: whole vectors.
  func gradientPanelSize(_ units: WinogradUnits) -> Int {
    var (block, layer) = unsafe (units.unit(0).block, units.layer)
    return unsafe convolution_winograd_transformed_gradient_panel_size(level, &layer, &block)
  }

  private func transform(_ unit: WinogradUnits.Unit, _ units: WinogradUnits, _ memory: Memory, workers: Int) {
    Parallel.forEachPart(of: units.channelBlocks, threads: workers) { range, worker in
      unsafe units.transformInput(
        unit, of: input, channelBlocks: range, into: memory.input, magnitudes: memory.magnitudes,
        scratch: memory.scratch + worker * units.scratchSize)
    }
    Parallel.forEachPart(of: units.panels, threads: workers) { panels, worker in
      var (block, layer) = unsafe (unit.block, units.layer)
      unsafe convolution_winograd_transform_output_gradient(
        level, &layer, &block, panels.lowerBound, panels.upperBound,
        outputGradient + unit.group * convolution.outputGroupSize, memory.gradients,
        memory.magnitudes + inputMagnitudesSize, memory.scratch + worker * units.scratchSize)
    }
  }

  /// Adds a unit to the sums, and turns them into the gradient after the last one. A panel that one thread has summed is
  /// finished by it while the sums are in its cache; where panels are few, threads share their positions.
  private func sum(
    _ unit: WinogradUnits.Unit, _ units: WinogradUnits, _ memory: Memory, isFirst: Bool, isLast: Bool, workers: Int
  ) {
    func add(panel: Int, positions: Range<Int>) {
      var (block, layer) = unsafe (unit.block, units.layer)
      unsafe convolution_winograd_sum_filter_gradient(
        level, &layer, &block, panel, panel + 1, Int32(positions.lowerBound), Int32(positions.upperBound),
        memory.input, memory.gradients, memory.sums, !isFirst)
    }
    let finishes = unsafe isLast && memory.totals == nil
    let positions = Int(convolution_winograd_positions(convolution.scheme))
    if units.panels >= 2 * workers {
      Parallel.forEach(units.panels, threads: workers) { panel, _ in
        add(panel: panel, positions: 0..<positions)
        if finishes { unsafe finish(memory.sums, group: unit.group, panel: panel) }
      }
    } else {
      Parallel.forEach(units.panels * positions, threads: workers) { task, _ in
        let (panel, position) = task.quotientAndRemainder(dividingBy: positions)
        add(panel: panel, positions: position..<position + 1)
      }
      guard finishes else { return }
      Parallel.forEach(units.panels, threads: workers) { panel, _ in
        unsafe finish(memory.sums, group: unit.group, panel: panel)
      }
    }
  }

  /// Adds what was summed to the totals, where there are any, and finishes them after the last blocks.
  private func addToTotals(group: Int, _ units: WinogradUnits, _ memory: Memory, isLast: Bool, workers: Int) {
    guard let totals = unsafe memory.totals else { return }
    let kernels = unsafe Float.kernels(level).pointee.gemm.pointee
    Parallel.forEach(units.panels, threads: workers) { panel, _ in
      let total = unsafe totals + panel * sumsPerPanel
      let rests = unsafe total + units.panels * sumsPerPanel
      unsafe kernels.add_weight_gradient(total, rests, memory.sums + panel * sumsPerPanel, nil, sumsPerPanel)
      guard isLast else { return }
      // The rest of an infinity is no number; another algorithm takes over then.
      for index in 0..<sumsPerPanel { unsafe total[index] += rests[index] }
      unsafe finish(totals, group: group, panel: panel)
    }
  }

  @unsafe private func finish(_ sums: UnsafePointer<Float>, group: Int, panel: Int) {
    unsafe convolution_winograd_transform_filter_gradient(
      level, convolution.scheme, convolution.inputChannels, convolution.outputChannels, panel, panel + 1, sums,
      result + group * convolution.outputChannels * convolution.inputChannels * convolution.weights)
  }
}
