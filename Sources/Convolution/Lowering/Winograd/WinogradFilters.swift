import CConvolutionKernels

/// The weight of a convolution, and its filters transformed for the kernels.
@safe struct WinogradFilters {
  let convolution: WinogradConvolution
  /// `[O, I / groups, 3, 3]` of the layer.
  let weight: UnsafePointer<Float>
  let level: ConvolutionInstructionSet

  /// One group's filters as the kernels read them.
  func definition(group: Int) -> ConvolutionWinogradFilters {
    let inputChannels = convolution.inputChannels
    let outputChannels = convolution.outputChannels
    let group = unsafe weight + group * outputChannels * inputChannels * 9
    return unsafe convolution.isInputGradient
      ? .init(weights: group, outputChannelStride: 9, inputChannelStride: outputChannels * 9, rotated: true)
      : .init(weights: group, outputChannelStride: inputChannels * 9, inputChannelStride: 9, rotated: false)
  }

  /// Panels of output channels in one group.
  var panels: Int { convolution_winograd_panels(level, convolution.outputChannels) }

  /// Scalars of one group's transformed filters.
  var sizePerGroup: Int { Self.sizePerGroup(convolution, level: level) }

  static func sizePerGroup(_ convolution: WinogradConvolution, level: ConvolutionInstructionSet) -> Int {
    convolution_winograd_panels(level, convolution.outputChannels)
      * convolution_winograd_filter_panel_size(level, convolution.scheme, convolution.inputChannels)
  }

  /// The transformed filters of all groups, made on first use and kept with the weight.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  func transformed(keptIn derivedWeights: DerivedWeights, threads: Int) throws(ConvolutionError) -> MemoryBlock {
    let key = DerivedWeights.Key(
      use: convolution.isInputGradient ? .inputGradient : .forward, algorithm: "Winograd",
      layout: [Int(convolution.scheme.rawValue), Int(level.rawValue), convolution.groups])
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
