/// The weight's gradient by the general path: for each group, the output's gradient times the transposed columns, summed
/// over pixels and images.
///
/// A task owns a range of columns of the weight's gradient, so tasks never add to the same scalar. Where that makes too
/// few of them (first layers), the images' pixels are split as well, each part sums into a copy of its own, and the
/// copies are added in order. Which it is, and every order, is fixed by the geometry and the batch, never by the threads.
struct Im2colWeightGradient<Scalar: ConvolutionScalar> {
  let image: ImageGeometry
  let operands: BackwardOperands<Scalar>

  /// Ranges of the reduction, of an image's output pixels, and of the batch's pixel blocks.
  private let reductionParts, pixelBlocks, sumParts: Int
  private let largestBlock: Int

  /// Tasks wanted, for that many threads.
  private static var wantedTasks: Int { 8 }
  /// Parts of the reduction with fewer rows make products too slim.
  private static var rowsPerPart: Int { 64 }

  init(_ image: ImageGeometry, _ operands: BackwardOperands<Scalar>) {
    self.image = image
    self.operands = operands
    let size = MemoryLayout<Scalar>.stride
    pixelBlocks = SizeArithmetic.dividingUp(image.outputPixels, by: ColumnBlocking.pixelsPerBlock)
    let pixels = SizeArithmetic.dividingUp(image.outputPixels, by: pixelBlocks)
    let rowsThatFit = max(1, ColumnBlocking.bytesPerBlock / (pixels * size))
    let wanted = SizeArithmetic.dividingUp(Self.wantedTasks, by: min(Self.wantedTasks, image.groups))
    reductionParts = max(
      SizeArithmetic.dividingUp(image.reduction, by: rowsThatFit),
      min(wanted, max(1, image.reduction / Self.rowsPerPart)))
    largestBlock =
      image.isPointwise ? 0 : SizeArithmetic.dividingUp(image.reduction, by: reductionParts) * pixels
    let tasks = image.groups * reductionParts
    let weightBytes = image.outputChannels * image.reduction * size
    let copiesThatFit = max(1, Workspace.budget / 2 / weightBytes)
    sumParts = max(
      1, min(copiesThatFit, SizeArithmetic.dividingUp(Self.wantedTasks, by: tasks), operands.batch * pixelBlocks))
  }

  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run() throws(ConvolutionError) {
    try OpenBLAS.prepare()
    let size = image.outputChannels * image.reduction
    let tasks = image.groups * reductionParts * sumParts
    let inFlight = max(1, Workspace.budget / 2 / max(1, largestBlock * MemoryLayout<Scalar>.stride))
    let threads = min(operands.threads, tasks, inFlight)
    let copies = (sumParts - 1) * size
    try Workspace.withScalars(copies + largestBlock * threads, of: Scalar.self) { workspace in
      Parallel.forEach(tasks, threads: threads) { task, worker in
        let (rest, sumPart) = task.quotientAndRemainder(dividingBy: sumParts)
        let (group, part) = rest.quotientAndRemainder(dividingBy: reductionParts)
        unsafe sum(
          sumPart, group: group, reduction: SizeArithmetic.part(part, of: reductionParts, in: image.reduction),
          into: sumPart == 0 ? operands.result : workspace + (sumPart - 1) * size,
          columns: workspace + copies + worker * largestBlock)
      }
      for copy in 0..<sumParts - 1 {
        for index in 0..<size { unsafe operands.result[index] += workspace[copy * size + index] }
      }
    }
  }

  /// Sums one part of the batch's pixels for one group and a range of the reduction.
  private func sum(
    _ sumPart: Int, group: Int, reduction: Range<Int>, into gradient: UnsafeMutablePointer<Scalar>,
    columns: UnsafeMutablePointer<Scalar>
  ) {
    let outputChannels = image.outputChannelsPerGroup
    let result = unsafe gradient + group * outputChannels * image.reduction + reduction.lowerBound
    let blocks = SizeArithmetic.part(sumPart, of: sumParts, in: operands.batch * pixelBlocks)
    for index in blocks {
      let (imageIndex, block) = index.quotientAndRemainder(dividingBy: pixelBlocks)
      let pixels = SizeArithmetic.part(block, of: pixelBlocks, in: image.outputPixels)
      let groupInput =
        unsafe operands.input + imageIndex * image.inputSize
        + group * image.inputChannelsPerGroup * image.inputPixels
      let outputGradient =
        unsafe operands.outputGradient + imageIndex * image.outputSize
        + group * outputChannels * image.outputPixels + pixels.lowerBound
      let right: MatrixProduct<Scalar>.Operand
      if image.isPointwise {
        unsafe right = .init(
          pointer: groupInput + reduction.lowerBound * image.inputPixels + pixels.lowerBound,
          rowStride: image.inputPixels, isTransposed: true)
      } else {
        Im2col.pack(columns, from: groupInput, geometry: image, reduction: reduction, pixels: pixels)
        unsafe right = .init(pointer: columns, rowStride: pixels.count, isTransposed: true)
      }
      unsafe MatrixProduct(
        rows: outputChannels, columns: reduction.count, depth: pixels.count,
        left: .init(pointer: outputGradient, rowStride: image.outputPixels), right: right,
        result: result, resultRowStride: image.reduction, accumulates: index != blocks.lowerBound
      ).run()
    }
  }
}
