import CConvolutionKernels

/// The weight of a convolution, and its filters transformed for the kernels.
@safe struct WinogradFilters {
  let convolution: WinogradConvolution
  /// `[O, I / groups, 3, 3]` of the layer.
  let weight: UnsafePointer<Float>
  let instructionSet: ConvolutionInstructionSet

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
  var panels: Int { convolution_winograd_panels(instructionSet, convolution.outputChannels) }

  /// Scalars of one group's transformed filters.
  var sizePerGroup: Int {
    panels * convolution_winograd_filter_panel_size(instructionSet, convolution.scheme, convolution.inputChannels)
  }

  /// The transformed filters of all groups, made on first use and kept with the weight.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  func transformed(keptIn keptFilters: KeptFilters, threads: Int) throws(ConvolutionError) -> MemoryBlock {
    let layout = [
      Int(convolution.scheme.rawValue), convolution.isInputGradient ? 1 : 0, Int(instructionSet.rawValue),
    ]
    return try unsafe keptFilters.packed(
      for: "winograd", layout: layout, groups: convolution.groups, panels: panels, sizePerGroup: sizePerGroup,
      threads: threads
    ) { (group, panel, target: UnsafeMutablePointer<Float>) in
      var filters = unsafe definition(group: group)
      unsafe convolution_winograd_transform_filters(
        instructionSet, convolution.scheme, &filters, convolution.inputChannels, convolution.outputChannels, panel,
        panel + 1, target)
    }
  }
}
