import CConvolutionKernels

/// What keeps the outputs of a convolution clear of values that they do not read: which of them the kernels sum by the
/// definition in place of a tile's transform.
///
/// Where the filters of most output channels weigh their taps and input channels alike, an output's own products are about
/// as large as what it reads. So the kernels compare what the outputs of a tile read, and sum those that read little. What
/// the filters are like is found out once and kept with the weight.
@safe struct WinogradLocality {
  private let convolution: WinogradConvolution
  private let tables: MemoryBlock
  private let scalesPerGroup: Int

  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  init(_ filters: WinogradFilters, keptIn derivedWeights: DerivedWeights, threads: Int) throws(ConvolutionError) {
    let convolution = filters.convolution
    let scalesPerGroup = Self.scalesPerGroup(convolution)
    self.convolution = convolution
    self.scalesPerGroup = scalesPerGroup
    let key = DerivedWeights.Key(
      use: .properties, algorithm: "Winograd locality",
      layout: [convolution.groups, convolution.isInputGradient ? 1 : 0])
    tables = try derivedWeights.entry(for: key) { () throws(ConvolutionError) in
      try Self.makeTables(filters, scalesPerGroup: scalesPerGroup, threads: threads)
    }
  }

  /// Whether so many filters have masked or vanishing taps that another algorithm does better.
  var isUnsuitable: Bool {
    let count = (0..<convolution.groups).reduce(0) { $0 + Int(unsafe directCount(group: $1).pointee) }
    return 8 * count > convolution.groups * convolution.outputChannels
  }

  /// What the kernels need for one group. The pointers must not outlive this.
  @unsafe func kernels(group: Int) -> ConvolutionWinogradLocality {
    let limits = convolution.phases == nil ? Self.limits(convolution.tile) : Self.limitsOfPhases
    let count = unsafe directCount(group: group)
    return unsafe ConvolutionWinogradLocality(
      channelScales: tables.pointer(to: Float.self) + group * sizePerGroup, mostContrast: limits.contrast,
      leastSpread: limits.spread, directChannels: UnsafePointer(count + 1), directChannelCount: Int(count.pointee))
  }

  /// F(2×2) is to err like direct summation, the others by 1,024 units of an output's own products.
  private static func limits(_ tile: WinogradTile) -> (contrast: Float, spread: Float) {
    tile == .two ? (4, 8) : (6, 3)
  }

  /// At a corner of the map outputs read one value, and their neighbours four.
  private static let limitsOfPhases: (contrast: Float, spread: Float) = (5, 5)

  /// Each group's scales, then the number of its direct output channels, then these.
  private var sizePerGroup: Int { Self.sizePerGroup(convolution) }

  private static func sizePerGroup(_ convolution: WinogradConvolution) -> Int {
    scalesPerGroup(convolution) + 1 + convolution.outputChannels
  }

  /// Bytes that are kept with the weight.
  static func byteCount(_ convolution: WinogradConvolution) -> Int {
    convolution.groups * sizePerGroup(convolution) * MemoryLayout<Float>.stride
  }

  /// Bytes of workspace while they are made.
  static func scratchBytes(_ convolution: WinogradConvolution, threads: Int) -> Int {
    min(threads, convolution.groups) * scratchSize(convolution)
  }

  private static func scratchSize(_ convolution: WinogradConvolution) -> Int {
    convolution_winograd_balance_size(convolution.scheme, convolution.inputChannels, convolution.outputChannels)
  }

  private func directCount(group: Int) -> UnsafeMutablePointer<Int32> {
    unsafe tables.pointer(to: Int32.self) + group * sizePerGroup + scalesPerGroup
  }

  /// Zeros fill up the last block of channels, of 16 at most.
  private static func scalesPerGroup(_ convolution: WinogradConvolution) -> Int {
    (convolution.inputChannels + 15) & ~15
  }

  private static func makeTables(
    _ filters: WinogradFilters, scalesPerGroup: Int, threads: Int
  ) throws(ConvolutionError) -> MemoryBlock {
    let convolution = filters.convolution
    let sizePerGroup = sizePerGroup(convolution)
    let tables = try MemoryBlock(count: convolution.groups * sizePerGroup, of: Float.self)
    let scratchSize = scratchSize(convolution)
    let workers = min(threads, convolution.groups)
    try Workspace.withScalars(workers * scratchSize / 8, of: Double.self) { scratch in
      Parallel.forEach(convolution.groups, threads: workers) { group, worker in
        let scales = unsafe tables.pointer(to: Float.self) + group * sizePerGroup
        let count = unsafe tables.pointer(to: Int32.self) + group * sizePerGroup + scalesPerGroup
        unsafe scales.initialize(repeating: 0, count: scalesPerGroup)
        var definition = unsafe filters.definition(group: group)
        let direct = unsafe convolution_winograd_balance_filters(
          convolution.scheme, &definition, convolution.inputChannels, convolution.outputChannels, scales, count + 1,
          scratch + worker * scratchSize / 8)
        unsafe count.pointee = Int32(direct)
      }
    }
    return tables
  }
}
