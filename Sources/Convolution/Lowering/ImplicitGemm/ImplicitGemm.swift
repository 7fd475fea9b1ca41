import CConvolutionKernels

/// A convolution as products of its packed filters with what their taps read: the forward pass of an image, or a part of the
/// gradient of its input.
struct ImplicitGemm: Sendable, Hashable {
  /// Scalars from one output to the next, by channel, row and column.
  struct OutputSteps: Sendable, Hashable {
    var plane, row, column: Int
  }

  let groups: Int
  /// Channels of one group: of its input, and of its product.
  let inputChannels, outputChannels: Int
  /// Whether an output channel has two of the product, for its even and its odd columns.
  let isPaired: Bool
  let rows, columns: AxisGeometry
  /// Whether the rows of this product are the columns of the image: neighbouring columns lie a row of the image apart.
  let hasColumnsAsRows: Bool
  let outputSteps: OutputSteps
  let filters: FilterView
  var choice: SourceChoice
  var summation: Summation
  let level: ConvolutionInstructionSet
  let scalarSize: Int
  /// What a call finds its packed filters in.
  var weights = WeightFormat.full

  /// The forward pass.
  init(
    _ image: ImageGeometry, scalarSize: Int, level: ConvolutionInstructionSet, precision: Precision,
    mayExchange: Bool = true
  ) {
    self.init(
      groups: image.groups, inputChannels: image.inputChannelsPerGroup, outputChannels: image.outputChannelsPerGroup,
      rows: image.rows, columns: image.columns,
      outputSteps: OutputSteps(plane: image.outputPixels, row: image.columns.output, column: 1),
      filters: FilterView(image), scalarSize: scalarSize, level: level, precision: precision, mayExchange: mayExchange)
  }

  /// - Parameters:
  ///   - outputChannels: Of one group.
  ///   - isPaired: Whether `rows` and `columns` are those of the even and the odd columns of the output alike, whose filters
  ///     are pairs. Sources other than lanes of pixels do not serve those.
  ///   - mayExchange: Whether rows and columns may change places where a map is narrow.
  init(
    groups: Int, inputChannels: Int, outputChannels: Int, rows: AxisGeometry, columns: AxisGeometry,
    outputSteps: OutputSteps, filters: FilterView, isPaired: Bool = false, scalarSize: Int,
    level: ConvolutionInstructionSet, precision: Precision, mayExchange: Bool = true
  ) {
    let outputChannels = isPaired ? 2 * outputChannels : outputChannels
    let mayExchange = mayExchange && !isPaired
    let lanes = AlgorithmChoice.lanes(level, scalarSize: scalarSize)
    var choice = SourceChoice(
      rows: columns.isOneColumn ? columns : rows, columns: columns.isOneColumn ? rows : columns,
      inputChannels: inputChannels, outputChannels: outputChannels, lanes: lanes,
      tileRows: AlgorithmChoice.tileRows(level), scalarSize: scalarSize)
    let narrow =
      mayExchange && !columns.isOneColumn
      ? choice.withColumnsAsRows(
        rows: rows, columns: columns, inputChannels: inputChannels, outputChannels: outputChannels, lanes: lanes) : nil
    choice = narrow ?? choice
    hasColumnsAsRows = narrow != nil || columns.isOneColumn
    self.groups = groups
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.isPaired = isPaired
    self.rows = hasColumnsAsRows ? columns : rows
    self.columns = hasColumnsAsRows ? rows : columns
    self.outputSteps =
      hasColumnsAsRows
      ? OutputSteps(
        plane: outputSteps.plane, row: columns.isOneColumn ? outputSteps.plane : outputSteps.column,
        column: outputSteps.row) : outputSteps
    self.filters = hasColumnsAsRows ? filters.transposed : filters
    summation = Summation(
      terms: inputChannels * rows.kernel * columns.kernel, from: choice, precision: precision)
    self.level = level
    self.scalarSize = scalarSize
    self.choice = choice
  }

  var source: ConvolutionSource { choice.source }
  var hasPixelsInLanes: Bool { source == ConvolutionSourceInPlace || source == ConvolutionSourcePackedLanes }
  var regions: TapRegions { choice.regions }
  /// An output's sum depends on it: parts of the reduction are summed by themselves.
  var termsPerPart: Int { choice.termsPerPart }

  /// Output channels of one group.
  var channelsOfOutput: Int { isPaired ? outputChannels / 2 : outputChannels }
  var taps: Int { rows.kernel * columns.kernel }
  var reduction: Int { inputChannels * taps }
  var inputPixels: Int { rows.input * columns.input }
  var outputPixels: Int { rows.output * columns.output }

  /// Whether a product takes part in an output that the definition does not have, or the other way round: no harm where every
  /// weight is finite.
  var needsFiniteWeight: Bool { regions.skipsPadding }

  /// The shape that the kernels see; `pixelsPerBlock` and what comes behind it are a call's.
  func shape(
    pixelsPerBlock: Int, columnsPerBlock: Int, keepsSums: Bool, stagedLanes: ConvolutionStagedLanes,
    inputImage: Int, outputImage: Int
  ) -> ConvolutionGemm {
    ConvolutionGemm(
      source: source, inputChannels: inputChannels, outputChannels: outputChannels, rows: rows.axis,
      columns: columns.axis, inputRow: hasColumnsAsRows ? 1 : columns.input,
      inputColumn: hasColumnsAsRows ? rows.input : 1, outputPlane: outputSteps.plane, outputRow: outputSteps.row,
      outputColumn: outputSteps.column, inputImage: inputImage, outputImage: outputImage, keepsSums: keepsSums,
      termsPerPart: termsPerPart, pieceTerms: summation.pieceTerms, pairwisePieces: summation.pairwisePieces,
      keepsRests: summation.keepsRests,
      pixelsPerBlock: pixelsPerBlock, columnsPerBlock: columnsPerBlock, stagedLanes: stagedLanes, isPaired: isPaired,
      filterFormat: weights.kernels)
  }
}

extension ImplicitGemm {
  /// Enough of the shape for its filters.
  private var filterShape: ConvolutionGemm {
    shape(
      pixelsPerBlock: 1, columnsPerBlock: 1, keepsSums: false, stagedLanes: ConvolutionStagedLanesOfRow, inputImage: 0,
      outputImage: 0)
  }

  /// Scalars of the packed filters of all groups.
  ///
  /// - Throws: ``ConvolutionError/sizeOverflow(name:operands:)``.
  func filterCount<Scalar: ConvolutionScalar>(of type: Scalar.Type) throws(ConvolutionError) -> Int {
    let kernels = unsafe Scalar.kernels(level).pointee.gemm.pointee
    var shape = filterShape
    return try SizeArithmetic.product([groups, unsafe kernels.filter_size(&shape)], name: "scalars of packed filters")
  }

  /// Bytes of filters that have been packed.
  func filterBytes<Scalar: ConvolutionScalar>(of type: Scalar.Type) -> Int {
    let kernels = unsafe Scalar.kernels(level).pointee.gemm.pointee
    var shape = filterShape
    return unsafe groups * kernels.filter_size(&shape) * weights.byteCount(of: type)
  }

  /// Panels of the filters of all groups.
  func filterPanels<Scalar: ConvolutionScalar>(of type: Scalar.Type) -> Int {
    groups
      * SizeArithmetic.dividingUp(
        outputChannels, by: unsafe Scalar.kernels(level).pointee.gemm.pointee.panel_channels(source))
  }

  /// Packs one panel of the filters of all groups.
  func pack<Scalar: ConvolutionScalar>(
    panel: Int, of weight: UnsafePointer<Scalar>, into target: UnsafeMutablePointer<Scalar>
  ) {
    let kernels = unsafe Scalar.kernels(level).pointee.gemm.pointee
    var shape = filterShape
    let (group, index) = panel.quotientAndRemainder(dividingBy: filterPanels(of: Scalar.self) / groups)
    var view = filters.view(of: weight, group: group)
    unsafe kernels.pack_filters(&shape, &view, index, target + group * kernels.filter_size(&shape))
  }

  /// All that the layout of packed filters depends on.
  var filterLayout: [Int] {
    [
      Int(source.rawValue), Int(level.rawValue), groups, inputChannels, outputChannels, rows.kernel, columns.kernel,
      isPaired ? 1 : 0,
    ] + filters.layout
  }
}
