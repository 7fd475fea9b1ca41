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
      leastSpread: limits.spread, contrastOfFew: limits.contrastOfFew, spreadOfFew: limits.spreadOfFew,
      directChannels: UnsafePointer(count + 1), directChannelCount: Int(count.pointee))
  }

  /// F(2×2) is to err like direct summation, the others by 1,024 units of an output's own products.
  private static func limits(_ tile: WinogradTile) -> Limits {
    tile == .two ? (4, 8, 4, 8) : (6, 3, 3, 6)
  }

  /// At a corner of the map outputs read one value, and their neighbours four.
  private static let limitsOfPhases: Limits = (5, 5, 5, 5)

  private typealias Limits = (contrast: Float, spread: Float, contrastOfFew: Float, spreadOfFew: Float)

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
    threads * scratchSize(convolution) + convolution.groups * sharedSize(convolution)
  }

  /// Bytes of one worker's.
  private static func scratchSize(_ convolution: WinogradConvolution) -> Int {
    convolution_winograd_balance_size(convolution.scheme, convolution.inputChannels, convolution.outputChannels)
  }

  /// Bytes of a group's means, and of whether its output channels are direct.
  private static func sharedSize(_ convolution: WinogradConvolution) -> Int {
    convolution.inputChannels * MemoryLayout<Double>.stride + (convolution.outputChannels + 7) & ~7
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
    let (inputs, outputs, level) = (convolution.inputChannels, convolution.outputChannels, filters.level)
    let (scratchSize, sharedSize) = (scratchSize(convolution), sharedSize(convolution))
    let parts = threads > convolution.groups ? min(4 * threads, inputs, outputs) : 1
    try Workspace.withScalars(scratchBytes(convolution, threads: threads), of: UInt8.self) { memory in
      let shared = UnsafeMutableRawPointer(memory)
      let scratch = unsafe shared + convolution.groups * sharedSize
      func forEachPart(of channels: Int, _ body: (_ group: Int, _ range: Range<Int>, _ worker: Int) -> Void) {
        Parallel.forEach(convolution.groups * parts, threads: threads) { task, worker in
          let (group, part) = task.quotientAndRemainder(dividingBy: parts)
          body(group, SizeArithmetic.part(part, of: parts, in: channels), worker)
        }
      }
      func means(_ group: Int) -> UnsafeMutablePointer<Double> {
        unsafe (shared + group * sharedSize).assumingMemoryBound(to: Double.self)
      }
      func isDirect(_ group: Int) -> UnsafeMutablePointer<Bool> {
        unsafe UnsafeMutableRawPointer(means(group) + inputs).assumingMemoryBound(to: Bool.self)
      }
      func scales(_ group: Int) -> UnsafeMutablePointer<Float> {
        unsafe tables.pointer(to: Float.self) + group * sizePerGroup
      }
      forEachPart(of: inputs) { group, range, worker in
        var definition = unsafe filters.definition(group: group)
        unsafe convolution_winograd_weigh_inputs(
          level, convolution.scheme, &definition, outputs, range.lowerBound, range.upperBound, means(group),
          scratch + worker * scratchSize)
      }
      for group in 0..<convolution.groups {
        unsafe scales(group).initialize(repeating: 0, count: scalesPerGroup)
        unsafe convolution_winograd_scale_inputs(inputs, means(group), scales(group))
      }
      forEachPart(of: outputs) { group, range, worker in
        var definition = unsafe filters.definition(group: group)
        unsafe convolution_winograd_find_direct(
          level, convolution.scheme, &definition, inputs, range.lowerBound, range.upperBound, means(group),
          scales(group),
          isDirect(group), scratch + worker * scratchSize)
      }
      for group in 0..<convolution.groups {
        let list = unsafe tables.pointer(to: Int32.self) + group * sizePerGroup + scalesPerGroup
        unsafe list.pointee = 0
        for output in 0..<outputs where unsafe isDirect(group)[output] {
          unsafe list.pointee += 1
          unsafe list[Int(list.pointee)] = Int32(output)
        }
      }
    }
    return tables
  }
}
