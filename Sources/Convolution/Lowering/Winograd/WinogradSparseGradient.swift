import CConvolutionKernels

/// The gradient of a weight where most of the output's gradient is zero, as behind a ReLU: from the values that are not.
extension WinogradWeightGradient {
  /// Whether so many values of the output's gradient are zero that tiles take longer. Some runs of them tell, evenly spread.
  var isSparse: Bool {
    let count = batch * convolution.groups * convolution.outputGroupSize
    let runs = min(Self.mostRuns, count / Self.runLength)
    var (zeros, changes) = (0, 0)
    for run in 0..<runs {
      let first = run * (count / runs)
      for index in first..<first + Self.runLength {
        let isZero = unsafe outputGradient[index] == 0
        if isZero { zeros += 1 }
        if unsafe index > first && isZero != (outputGradient[index - 1] == 0) { changes += 1 }
      }
    }
    let share = Float(zeros) / Float(max(1, runs * Self.runLength))
    let isInRegions = Float(changes) < share * (1 - share) * Float(runs * Self.runLength)
    // Of few pixels it takes tiles long to see that their rounding is harmless, or they would have to be given up, most of all
    // where regions of two channels hardly meet; and few channels share the transforms.
    let pixels = batch * convolution.rows.output * convolution.columns.output
    let isSmall = pixels < (isInRegions ? Self.manyPixelsInRegions : Self.manyPixels)
    let hasFewPairs = convolution.inputChannels * convolution.outputChannels < Self.manyPairs
    return share > (isSmall || hasFewPairs ? 0.4 : mostZeros)
  }

  private static let (mostRuns, runLength) = (64, 64)
  private static let (manyPixels, manyPixelsInRegions, manyPairs) = (2048, 8192, 1024)
  /// Vectors of sixteen lanes gain more from tiles.
  private var mostZeros: Float {
    AlgorithmChoice.lanes(level, scalarSize: MemoryLayout<Float>.stride) > 8 ? 0.65 : 0.5
  }

  /// Computes it, or returns false where the workspace cannot hold some rows of an image. Where the input is not finite neither
  /// is the result.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func runSparse() throws(ConvolutionError) -> Bool {
    try WinogradUnits.with(
      convolution, blocking: .forSums(convolution, batch: batch), batch: batch, level: level
    ) { units throws(ConvolutionError) in
      var layer = unsafe units.layer
      func size(_ outputs: Int) -> Int {
        unsafe WinogradUnits.aligned(convolution_winograd_sparse_gradient_size(level, &layer, outputs))
      }
      // What is staged serves all output channels of a task.
      let workers = min(threads, convolution.outputChannels, max(1, units.room / size(1)))
      var outputs = SizeArithmetic.dividingUp(convolution.outputChannels, by: workers)
      while outputs > 1, workers * size(outputs) > units.room { outputs = (outputs + 1) / 2 }
      let scratchSize = size(outputs)
      guard workers * scratchSize <= units.room else { return false }
      let tasks = SizeArithmetic.dividingUp(convolution.outputChannels, by: outputs)
      try Workspace.withScalars(workers * scratchSize, of: Float.self) { scratch in
        Parallel.forEach(convolution.groups * tasks, threads: workers) { index, worker in
          let (group, task) = index.quotientAndRemainder(dividingBy: tasks)
          var layer = unsafe units.layer
          unsafe convolution_winograd_sum_sparse_gradient(
            level, &layer, task * outputs, min((task + 1) * outputs, convolution.outputChannels),
            input + group * convolution.inputGroupSize, outputGradient + group * convolution.outputGroupSize,
            result + group * convolution.outputChannels * convolution.inputChannels * convolution.weights,
            scratch + worker * scratchSize)
        }
      }
      return true
    }
  }
}
