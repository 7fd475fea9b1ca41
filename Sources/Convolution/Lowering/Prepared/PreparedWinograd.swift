import CConvolutionKernels

/// A ``WinogradConvolution`` with its tables and transformed filters at hand.
struct PreparedWinograd: Sendable {
  private let convolution: WinogradConvolution
  private let level: ConvolutionInstructionSet
  private let locality: WinogradLocality
  private let filters, tables: MemoryBlock

  /// `nil` where the filters do not suit tiles.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  init?(_ filters: WinogradFilters, keptIn derivedWeights: DerivedWeights, threads: Int) throws(ConvolutionError) {
    convolution = filters.convolution
    level = filters.level
    locality = try WinogradLocality(filters, keptIn: derivedWeights, threads: threads)
    if locality.isUnsuitable { return nil }
    self.filters = try filters.transformed(keptIn: derivedWeights, threads: threads)
    tables = try MemoryBlock(count: WinogradUnits.tableCount(of: convolution), of: Int32.self)
    unsafe WinogradUnits.fillTables(of: convolution, tables.pointer(to: Int32.self))
  }

  /// As ``ConvolutionCost/algorithm``.
  var name: String { convolution.tile.algorithmName }

  /// What is kept, without the weight.
  var byteCount: Int { filters.byteCount + tables.byteCount + WinogradLocality.byteCount(convolution) }

  func workspaceBytes(batch: Int, threads: Int) -> Int {
    units(batch: batch, inputImage: nil, outputImage: nil).sizes(threads: threads).count * MemoryLayout<Float>.stride
  }

  private func units(batch: Int, inputImage: Int?, outputImage: Int?) -> WinogradUnits {
    unsafe WinogradUnits(
      convolution, blocking: .forProducts(convolution, batch: batch), batch: batch, level: level, locality: locality,
      tables: UnsafePointer(tables.pointer(to: Int32.self)), inputImage: inputImage, outputImage: outputImage)
  }

  @safe func run(
    weight: UnsafePointer<Float>, input: UnsafePointer<Float>, inputImage: Int, epilogue: Epilogue<Float>,
    output: UnsafeMutablePointer<Float>, outputImage: Int, batch: Int, threads: Int,
    workspace: UnsafeMutablePointer<Float>
  ) {
    let units = units(batch: batch, inputImage: inputImage, outputImage: outputImage)
    unsafe Winograd(
      convolution: convolution, filters: WinogradFilters(convolution: convolution, weight: weight, level: level),
      input: input, epilogue: epilogue, output: output, batch: batch, threads: threads
    ).run(units, units.sizes(threads: threads), UnsafePointer(filters.pointer(to: Float.self)), workspace)
    extendLifetime((filters, tables))
  }
}
