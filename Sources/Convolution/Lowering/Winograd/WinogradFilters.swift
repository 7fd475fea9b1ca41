import CConvolutionKernels

/// The weight of a convolution, and its filters transformed for the kernels.
@safe struct WinogradFilters {
  let convolution: WinogradConvolution
  /// `[O, I / groups, 3, 3]` of the layer, or of 5x5 or 4x4 taps; or `nil`, and what ``packed(as:threads:)`` has made of it.
  let weight: UnsafePointer<Float>?
  var packed: UnsafePointer<UInt16>?
  var format = WeightFormat.full
  let level: ConvolutionInstructionSet

  /// One group's filters as the kernels read them.
  func definition(group: Int) -> ConvolutionWinogradFilters {
    let (inputs, outputs) = (convolution.inputChannels, convolution.outputChannels)
    let (isRotated, taps) = (convolution.isInputGradient, convolution.weights)
    return unsafe ConvolutionWinogradFilters(
      weights: weight.map { unsafe $0 + group * outputs * inputs * taps },
      outputChannelStride: isRotated ? taps : inputs * taps, inputChannelStride: isRotated ? outputs * taps : taps,
      rotated: isRotated,
      packed: packed.map { unsafe $0 + group * packedPerGroup },
      format: format.kernels)
  }

  /// Scalars of one group's filters as ``packed(as:threads:)`` leaves them.
  private var packedPerGroup: Int {
    let lanes = AlgorithmChoice.lanes(level, scalarSize: MemoryLayout<Float>.stride)
    let vectors = convolution.phases == nil ? 2 * panels : panels
    return vectors * lanes * convolution.inputChannels * convolution.weights
  }

  /// The filters of all groups side by side for vectors of output channels, which the kernels transform while they read them.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  func packed(as format: WeightFormat, threads: Int) throws(ConvolutionError) -> MemoryBlock {
    let (inputs, outputs, taps) = (convolution.inputChannels, convolution.outputChannels, convolution.weights)
    let lanes = AlgorithmChoice.lanes(level, scalarSize: MemoryLayout<Float>.stride)
    let count = packedPerGroup
    let vectors = count / (inputs * taps * lanes)
    let block = try MemoryBlock(count: convolution.groups * count, of: UInt16.self)
    let target = unsafe block.pointer(to: UInt16.self)
    try Workspace.withScalars(threads * inputs * taps * lanes, of: Float.self) { scratch in
      Parallel.forEach(convolution.groups * vectors, threads: threads) { index, worker in
        let (group, vector) = index.quotientAndRemainder(dividingBy: vectors)
        let filters = unsafe definition(group: group)
        let scalars = unsafe scratch + worker * inputs * taps * lanes
        for lane in 0..<lanes {
          let output = vector * lanes + lane
          for input in 0..<inputs {
            let first = unsafe output * filters.outputChannelStride + input * filters.inputChannelStride
            for tap in 0..<taps {
              unsafe scalars[(input * taps + tap) * lanes + lane] =
                output < outputs ? filters.weights[first + tap] : 0
            }
          }
        }
        unsafe format.narrow(
          scalars, count: inputs * taps * lanes, into: target + index * inputs * taps * lanes, threads: 1)
      }
    }
    return block
  }

  /// Panels of output channels in one group.
  var panels: Int { convolution_winograd_panels(level, convolution.scheme, convolution.outputChannels) }

  /// Scalars of one group's transformed filters.
  var sizePerGroup: Int { Self.sizePerGroup(convolution, level: level) }

  static func sizePerGroup(_ convolution: WinogradConvolution, level: ConvolutionInstructionSet) -> Int {
    convolution_winograd_panels(level, convolution.scheme, convolution.outputChannels)
      * convolution_winograd_filter_panel_size(level, convolution.scheme, convolution.inputChannels)
  }

  /// Scalars of a worker's scratch for filters that are not kept, since a call reads them once, and none did before: each step of
  /// training comes with new ones. 0 where they are to be kept.
  func scratchSize(blocks: Int, threads: Int, derivedWeights: DerivedWeights) -> Int {
    let panel = convolution_winograd_filter_panel_size(level, convolution.scheme, convolution.inputChannels)
    let isLess = threads <= convolution.groups * panels && panel <= Self.largestScratch
    return blocks == 1 && isLess && derivedWeights.isFirstUse(of: key) ? panel : 0
  }

  /// 8 MiB: a worker's share of the workspace has room for as much.
  private static let largestScratch = (8 << 20) / MemoryLayout<Float>.stride

  private var key: DerivedWeights.Key {
    DerivedWeights.Key(
      use: convolution.isInputGradient ? .inputGradient : .forward, algorithm: "Winograd",
      layout: [Int(convolution.scheme.rawValue), Int(level.rawValue), convolution.groups])
  }

  /// The transformed filters of all groups, made once and kept with the weight.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  func transformed(keptIn derivedWeights: DerivedWeights, threads: Int) throws(ConvolutionError) -> MemoryBlock {
    let count = { () throws(ConvolutionError) in
      try SizeArithmetic.product([convolution.groups, sizePerGroup], name: "scalars of transformed filters")
    }
    return try unsafe derivedWeights.panels(
      for: key, count: count, panels: convolution.groups * panels, threads: threads
    ) { (index, target: UnsafeMutablePointer<Float>) in
      let (group, panel) = index.quotientAndRemainder(dividingBy: panels)
      var filters = unsafe definition(group: group)
      unsafe convolution_winograd_transform_filters(
        level, convolution.scheme, &filters, convolution.inputChannels, convolution.outputChannels, panel, panel + 1,
        target + group * sizePerGroup)
    }
  }
}
