/// The weight packed for the direct kernel: panels of output channels, `[O / panel, I / groups, kH, kW, panel]` for each
/// group, the last panel filled up with zeros.
@safe struct DirectFilters<Scalar: ConvolutionScalar> {
  let image: ImageGeometry
  /// `[O, I / groups, kH, kW]`.
  let weight: UnsafePointer<Scalar>

  private var panels: Int { SizeArithmetic.dividingUp(image.outputChannelsPerGroup, by: DirectBlocking.panel) }

  /// Scalars of one group's packed weight.
  var sizePerGroup: Int { panels * DirectBlocking.panel * image.reduction }

  /// The packed weight of all groups, made on first use and kept with the weight.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  func packed(keptIn keptFilters: KeptFilters, threads: Int) throws(ConvolutionError) -> MemoryBlock {
    try unsafe keptFilters.packed(
      for: "direct", layout: [], groups: image.groups, panels: panels, sizePerGroup: sizePerGroup, threads: threads
    ) { (group, panel, target: UnsafeMutablePointer<Scalar>) in
      unsafe pack(group: group, panel: panel, into: target + panel * DirectBlocking.panel * image.reduction)
    }
  }

  private func pack(group: Int, panel: Int, into target: UnsafeMutablePointer<Scalar>) {
    let width = DirectBlocking.panel
    let first = panel * width
    let valid = min(width, image.outputChannelsPerGroup - first)
    let source = unsafe weight + (group * image.outputChannelsPerGroup + first) * image.reduction
    for term in 0..<image.reduction {
      for output in 0..<width {
        unsafe target[term * width + output] = output < valid ? source[output * image.reduction + term] : 0
      }
    }
  }
}
