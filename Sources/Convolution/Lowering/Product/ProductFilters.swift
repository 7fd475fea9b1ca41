import CConvolutionKernels

/// The weight packed for the product kernel: for every panel of output channels `[kH, kW, I / groups, channels of the
/// panel]`; with output channels in the lanes the last panel is filled up with zeros.
@safe struct ProductFilters<Scalar: ConvolutionScalar> {
  let image: ImageGeometry
  let blocking: ProductBlocking
  /// `[O, I / groups, kH, kW]`.
  let weight: UnsafePointer<Scalar>

  /// Scalars of one group's packed weight.
  var sizePerGroup: Int {
    (blocking.channelsInLanes ? blocking.panels * blocking.panel : image.outputChannelsPerGroup) * image.reduction
  }

  /// The packed weight of all groups, made on first use and kept with the weight.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  func packed(keptIn keptFilters: KeptFilters, threads: Int) throws(ConvolutionError) -> MemoryBlock {
    try unsafe keptFilters.packed(
      for: "product", layout: [blocking.panel, blocking.channelsInLanes ? 1 : 0], groups: image.groups,
      panels: blocking.panels, sizePerGroup: sizePerGroup, threads: threads
    ) { (group, panel, target: UnsafeMutablePointer<Scalar>) in unsafe pack(group: group, panel: panel, into: target) }
  }

  /// Some channels at a time, so that the rows they are scattered to stay in the first-level cache.
  private func pack(group: Int, panel: Int, into target: UnsafeMutablePointer<Scalar>) {
    let (inputs, taps) = (image.inputChannelsPerGroup, image.taps)
    let outputs = blocking.channels(ofPanel: panel, of: image)
    let width = blocking.channelsInLanes ? blocking.panel : outputs.count
    let source = unsafe weight + (group * image.outputChannelsPerGroup + outputs.lowerBound) * image.reduction
    let packed = unsafe target + outputs.lowerBound * image.reduction
    let channelsAtATime = max(16, 256 / taps)
    for first in stride(from: 0, to: inputs, by: channelsAtATime) {
      let count = min(channelsAtATime, inputs - first)
      for output in 0..<width {
        for tap in 0..<taps {
          let next = unsafe packed + (tap * inputs + first) * width + output
          let terms = unsafe source + (output < outputs.count ? output : 0) * image.reduction + first * taps + tap
          if output < outputs.count {
            for channel in 0..<count { unsafe next[channel * width] = terms[channel * taps] }
          } else {
            for channel in 0..<count { unsafe next[channel * width] = 0 }
          }
        }
      }
    }
  }
}
