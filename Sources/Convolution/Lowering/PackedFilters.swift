extension KeptFilters {
  /// Filters packed or transformed by panels of output channels, made on first use and kept with the weight.
  ///
  /// - Parameters:
  ///   - layout: What the packing depends on, beside the groups: layers that differ in these may share a weight.
  ///   - sizePerGroup: The scalars of one group.
  ///   - pack: Writes one panel of a group, whose memory it receives; called from several threads.
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``, or
  ///   ``ConvolutionError/sizeOverflow(name:operands:)`` where the scalars cannot be counted in 64 bits.
  func packed<Scalar: ConvolutionScalar>(
    for algorithm: String, layout: [Int], groups: Int, panels: Int, sizePerGroup: Int, threads: Int,
    pack: (_ group: Int, _ panel: Int, _ target: UnsafeMutablePointer<Scalar>) -> Void
  ) throws(ConvolutionError) -> MemoryBlock {
    try entry(for: Key(algorithm: algorithm, layout: [groups] + layout)) { () throws(ConvolutionError) in
      let count = try SizeArithmetic.product([groups, sizePerGroup], name: "scalars of packed filters")
      let block = try MemoryBlock(count: count, of: Scalar.self)
      let start = unsafe block.pointer(to: Scalar.self)
      Parallel.forEach(groups * panels, threads: threads) { task, _ in
        let (group, panel) = task.quotientAndRemainder(dividingBy: panels)
        unsafe pack(group, panel, start + group * sizePerGroup)
      }
      return block
    }
  }
}
