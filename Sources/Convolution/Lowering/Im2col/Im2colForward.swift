import CConvolutionKernels

/// The general path: for each group im2col, then one product with the weight. Serves every configuration.
struct Im2colForward<Scalar: ConvolutionScalar> {
  let image: ImageGeometry
  let operands: ForwardOperands<Scalar>
  let blocking: ColumnBlocking
  let level: ConvolutionInstructionSet

  init(_ image: ImageGeometry, _ operands: ForwardOperands<Scalar>, level: ConvolutionInstructionSet) {
    self.level = level
    self.image = image
    self.operands = operands
    blocking = ColumnBlocking(image, scalarSize: MemoryLayout<Scalar>.stride)
  }

  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run() throws(ConvolutionError) {
    try OpenBLAS.prepare()
    let units = operands.batch * image.groups * blocking.pixelBlocks
    if blocking.takesUnitsSideBySide(units: units, threads: operands.threads) {
      try runUnitsSideBySide(units)
    } else {
      try runPanelsSideBySide(units)
    }
  }

  /// One thread takes one unit, a block of pixels of one group of one image, with columns of its own.
  private func runUnitsSideBySide(_ units: Int) throws(ConvolutionError) {
    let threads = blocking.blocksHeld(units: units, threads: operands.threads)
    try Workspace.withScalars(blocking.largestBlock * threads, of: Scalar.self) { columns in
      Parallel.forEach(units, threads: threads) { index, worker in
        let unit = unit(index)
        let columns = unsafe columns + worker * blocking.largestBlock
        for step in 0..<blocking.reductionBlocks {
          let reduction = SizeArithmetic.part(step, of: blocking.reductionBlocks, in: image.reduction)
          unsafe fill(columns, unit: unit, reduction: reduction)
          for panel in 0..<blocking.channelPanels {
            unsafe multiply(columns, unit: unit, reduction: reduction, panel: panel)
          }
        }
      }
    }
  }

  /// All threads share one unit's columns: they fill its rows, then take a panel of output channels each.
  private func runPanelsSideBySide(_ units: Int) throws(ConvolutionError) {
    try Workspace.withScalars(blocking.largestBlock, of: Scalar.self) { columns in
      for index in 0..<units {
        let unit = unit(index)
        for step in 0..<blocking.reductionBlocks {
          let reduction = SizeArithmetic.part(step, of: blocking.reductionBlocks, in: image.reduction)
          // A pointwise layer has nothing to fill: handing out no work costs as much as handing out some.
          let parts = image.isPointwise ? 0 : min(operands.threads, reduction.count)
          Parallel.forEach(parts, threads: operands.threads) { part, _ in
            let rows = SizeArithmetic.part(part, of: parts, in: reduction.count)
            unsafe fill(
              columns + rows.lowerBound * unit.pixels.count, unit: unit,
              reduction: reduction.lowerBound + rows.lowerBound..<reduction.lowerBound + rows.upperBound)
          }
          Parallel.forEach(blocking.channelPanels, threads: operands.threads) { panel, _ in
            unsafe multiply(columns, unit: unit, reduction: reduction, panel: panel)
          }
        }
      }
    }
  }

  /// A block of pixels of one group of one image.
  private struct Unit {
    var image, group: Int
    var pixels: Range<Int>
  }

  private func unit(_ index: Int) -> Unit {
    let (rest, block) = index.quotientAndRemainder(dividingBy: blocking.pixelBlocks)
    let (imageIndex, group) = rest.quotientAndRemainder(dividingBy: image.groups)
    return Unit(
      image: imageIndex, group: group,
      pixels: SizeArithmetic.part(block, of: blocking.pixelBlocks, in: image.outputPixels))
  }

  private func groupInput(_ unit: Unit) -> UnsafePointer<Scalar> {
    unsafe operands.input + unit.image * image.inputSize
      + unit.group * image.inputChannelsPerGroup * image.inputPixels
  }

  private func fill(_ columns: UnsafeMutablePointer<Scalar>, unit: Unit, reduction: Range<Int>) {
    guard !image.isPointwise else { return }
    unsafe Im2col.pack(columns, from: groupInput(unit), geometry: image, reduction: reduction, pixels: unit.pixels)
  }

  /// Adds a range of the reduction to a panel of output channels; behind the last range the sums are finished.
  private func multiply(_ columns: UnsafeMutablePointer<Scalar>, unit: Unit, reduction: Range<Int>, panel: Int) {
    let panels = SizeArithmetic.part(panel, of: blocking.channelPanels, in: image.outputChannelsPerGroup)
    let firstChannel = unit.group * image.outputChannelsPerGroup + panels.lowerBound
    let start =
      unit.image * image.outputSize + firstChannel * image.outputPixels + unit.pixels.lowerBound
    let result = unsafe operands.output + start
    let right: MatrixProduct<Scalar>.Operand =
      unsafe image.isPointwise
      ? .init(pointer: groupInput(unit) + unit.pixels.lowerBound, rowStride: image.inputPixels)
      : .init(pointer: columns, rowStride: unit.pixels.count)
    unsafe MatrixProduct(
      rows: panels.count, columns: unit.pixels.count, depth: reduction.count,
      left: .init(
        pointer: operands.weight + firstChannel * image.reduction + reduction.lowerBound, rowStride: image.reduction),
      right: right, result: result, resultRowStride: image.outputPixels,
      accumulates: reduction.lowerBound > 0
    ).run()
    guard reduction.upperBound == image.reduction, !operands.epilogue.isEmpty else { return }
    var epilogue = unsafe operands.epilogue.kernels(channel: firstChannel, output: start)
    unsafe Scalar.kernels(level).pointee.gemm.pointee.finish(
      &epilogue, panels.count, image.outputPixels, unit.pixels.count, result)
  }
}
