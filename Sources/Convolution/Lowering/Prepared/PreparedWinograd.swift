import CConvolutionKernels

/// A ``WinogradConvolution`` with its tables and filters at hand. In full these are transformed, which takes four times the memory
/// of the weight, and nine times with stride 2; in 16 bits they are packed, and the kernels transform them while they read them.
struct PreparedWinograd: Sendable {
  private let convolution: WinogradConvolution
  private let level: ConvolutionInstructionSet
  private let locality: WinogradLocality
  private let filters, tables: MemoryBlock
  private let format: WeightFormat

  /// `nil` where the filters do not suit tiles.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  init?(
    _ filters: WinogradFilters, keptIn derivedWeights: DerivedWeights, as format: WeightFormat, threads: Int
  ) throws(ConvolutionError) {
    convolution = filters.convolution
    level = filters.level
    self.format = format
    locality = try WinogradLocality(filters, keptIn: derivedWeights, threads: threads)
    if locality.isUnsuitable { return nil }
    self.filters =
      try format != .full
      ? filters.packed(as: format, threads: threads) : filters.transformed(keptIn: derivedWeights, threads: threads)
    tables = try MemoryBlock(count: WinogradUnits.tableCount(of: convolution), of: Int32.self)
    unsafe WinogradUnits.fillTables(of: convolution, tables.pointer(to: Int32.self))
  }

  /// Whether a run needs no weight.
  var isPacked: Bool { format != .full }

  /// As ``ConvolutionCost/algorithm``.
  var name: String { convolution.tile.algorithmName }

  /// What is kept, without the weight.
  var byteCount: Int { filters.byteCount + tables.byteCount + WinogradLocality.byteCount(convolution) }

  func workspaceBytes(batch: Int, threads: Int) -> Int {
    units(batch: batch, threads: threads, inputImage: nil, outputImage: nil).sizes(threads: threads).count
      * MemoryLayout<Float>.stride
  }

  private func units(batch: Int, threads: Int, inputImage: Int?, outputImage: Int?) -> WinogradUnits {
    unsafe WinogradUnits(
      convolution, blocking: .forProducts(convolution, batch: batch, threads: threads), batch: batch, level: level,
      locality: locality, tables: UnsafePointer(tables.pointer(to: Int32.self)), inputImage: inputImage,
      outputImage: outputImage,
      filterScratch: isPacked
        ? convolution_winograd_filter_row_size(level, convolution.scheme, convolution.inputChannels) : 0)
  }

  /// - Parameter weight: `nil` where filters are packed.
  @safe func run(
    weight: UnsafePointer<Float>?, input: UnsafePointer<Float>, inputImage: Int, epilogue: Epilogue<Float>,
    output: UnsafeMutablePointer<Float>, outputImage: Int, batch: Int, threads: Int,
    workspace: UnsafeMutablePointer<Float>
  ) {
    let units = units(batch: batch, threads: threads, inputImage: inputImage, outputImage: outputImage)
    let (transformed, packed) = unsafe (filters.pointer(to: Float.self), filters.pointer(to: UInt16.self))
    unsafe Winograd(
      convolution: convolution,
      filters: WinogradFilters(
        convolution: convolution, weight: weight, packed: isPacked ? UnsafePointer(packed) : nil, format: format,
        level: level),
      input: input, epilogue: epilogue, output: output, batch: batch, threads: threads
    ).run(units, units.sizes(threads: threads), isPacked ? nil : UnsafePointer(transformed), workspace)
    extendLifetime((self.filters, tables))
  }
}
