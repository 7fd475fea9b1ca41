import CConvolutionKernels

/// The weight packed for the dense kernel: for every panel of output channels the parts of the input channels, each
/// `[kH, kW, channels of the part, panel]`; the last panel filled up with zeros.
@safe struct DenseFilters<Scalar: ConvolutionScalar> {
  let image: ImageGeometry
  let blocking: DenseBlocking
  /// `[O, I / groups, kH, kW]`.
  let weight: UnsafePointer<Scalar>

  /// Scalars of one group's packed weight.
  var sizePerGroup: Int { blocking.panels * blocking.panel * image.reduction }

  /// The packed weight of all groups, made on first use and kept with the weight.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  func packed(keptIn keptFilters: KeptFilters, threads: Int) throws(ConvolutionError) -> MemoryBlock {
    try unsafe keptFilters.packed(
      for: "dense", layout: [blocking.panel, blocking.channelsPerPart], groups: image.groups, panels: blocking.panels,
      sizePerGroup: sizePerGroup, threads: threads
    ) { (group, panel, target: UnsafeMutablePointer<Scalar>) in
      unsafe pack(group: group, panel: panel, into: target + panel * blocking.panel * image.reduction)
    }
  }

  private func pack(group: Int, panel: Int, into target: UnsafeMutablePointer<Scalar>) {
    let first = panel * blocking.panel
    let valid = min(blocking.panel, image.outputChannelsPerGroup - first)
    let source = unsafe weight + (group * image.outputChannelsPerGroup + first) * image.reduction
    var next = unsafe target
    for part in stride(from: 0, to: image.inputChannelsPerGroup, by: blocking.channelsPerPart) {
      for tap in 0..<image.taps {
        for channel in part..<min(part + blocking.channelsPerPart, image.inputChannelsPerGroup) {
          let term = unsafe source + channel * image.taps + tap
          for output in 0..<blocking.panel {
            unsafe next[output] = output < valid ? term[output * image.reduction] : 0
          }
          unsafe next += blocking.panel
        }
      }
    }
  }
}
