import CConvolutionKernels

/// A convolution as Winograd's minimal filtering computes it: 3x3 taps, stride 1 with dilations smaller than the output, or
/// stride 2 along both axes without any, or 5x5 taps with stride 1, in Float. It is the forward pass of an image, or its input gradient, which is a
/// convolution too: of the output's gradient, with the filters rotated by half a turn and the two kinds of channels
/// exchanged. Or it is the input gradient of 4x4 taps with stride 2, whose four phases are convolutions of 2x2 taps.
///
/// A. Lavin, S. Gray: Fast Algorithms for Convolutional Neural Networks, arXiv:1509.09308.
struct WinogradConvolution: Sendable, Hashable {
  let tile: WinogradTile
  let groups: Int
  /// Channels of one group.
  let inputChannels, outputChannels: Int
  /// Along the outputs, or, where these have phases, along those of one phase.
  let rows, columns: AxisGeometry
  let isInputGradient: Bool
  /// Where outputs have phases.
  let phases: Phases?

  /// Rows and columns of the output, and how many of the first phase are cropped at the top and at the left.
  struct Phases: Sendable, Hashable {
    let height, width, croppedRows, croppedColumns: Int
  }

  /// The forward pass, where ``unsupportedReason(for:tile:)`` is `nil`.
  init(_ image: ImageGeometry, tile: WinogradTile) {
    self.tile = tile
    groups = image.groups
    inputChannels = image.inputChannelsPerGroup
    outputChannels = image.outputChannelsPerGroup
    rows = image.rows
    columns = image.columns
    isInputGradient = false
    phases = nil
  }

  /// The input gradient of a forward pass that is served; `nil` with a stride, where padding repeats pixels, or where that
  /// convolution is not served.
  init?(inputGradientOf image: ImageGeometry, tile: WinogradTile) {
    guard let rows = image.rows.adjoint, let columns = image.columns.adjoint else { return nil }
    self.tile = tile
    groups = image.groups
    inputChannels = image.outputChannelsPerGroup
    outputChannels = image.inputChannelsPerGroup
    self.rows = rows
    self.columns = columns
    isInputGradient = true
    phases = nil
    if Self.isTooWide(rows) || Self.isTooWide(columns) || !WinogradBlocking.fits(self) { return nil }
  }

  /// The input gradient of 4x4 taps with stride 2, the forward pass of a transposed convolution; `nil` where it is not served.
  init?(phasesOf image: ImageGeometry) {
    guard let rows = AdjointAxis.pairs(of: image.rows), let columns = AdjointAxis.pairs(of: image.columns),
      max(rows.input, rows.output, columns.input, columns.output) <= Self.mostExtent
    else { return nil }
    tile = .three
    groups = image.groups
    inputChannels = image.outputChannelsPerGroup
    outputChannels = image.inputChannelsPerGroup
    (self.rows, self.columns) = (rows, columns)
    isInputGradient = true
    phases = Phases(
      height: image.rows.input, width: image.columns.input, croppedRows: image.rows.paddingBefore % 2,
      croppedColumns: image.columns.paddingBefore % 2)
    if !WinogradBlocking.fits(self) { return nil }
  }

  /// Why an image cannot be convolved with such tiles, or `nil` when it can.
  static func unsupportedReason(for image: ImageGeometry, tile: WinogradTile) -> String? {
    let stride = image.rows.stride
    let kernel = image.rows.kernel
    guard image.columns.kernel == kernel, kernel == 3 || kernel == wideKernel && tile == .four else {
      return tile == .four ? "it expects a 3x3 or 5x5 kernel" : "it expects a 3x3 kernel"
    }
    if stride > 2 || image.columns.stride != stride { return "it expects stride 1 or 2 along both axes" }
    if kernel == wideKernel && stride > 1 { return "it expects stride 1 where the kernel is 5x5" }
    if [image.rows, image.columns].contains(where: { max($0.input, $0.output) > mostExtent }) {
      return "it expects at most \(mostExtent) rows and columns"
    }
    for map in [image.rows, image.columns] where map.dilation > 1 {
      if stride > 1 { return "it expects dilation 1 where the stride is 2" }
      if Self.isTooWide(map) { return "it expects a dilation smaller than the output" }
    }
    return WinogradBlocking.fits(WinogradConvolution(image, tile: tile))
      ? nil : "a tile of every phase of its dilation, with all channels of a group, exceeds the workspace"
  }

  /// The tables of an axis have 32-bit integers.
  private static let mostExtent = 1 << 21

  /// Whether no two outputs are a dilation apart, so that no tile would save anything.
  private static func isTooWide(_ map: AxisGeometry) -> Bool { map.dilation > 1 && map.dilation >= map.output }

  /// Scalars of one group of an image.
  var inputGroupSize: Int { inputChannels * rows.input * columns.input }
  var outputGroupSize: Int { outputChannels * outputHeight * outputWidth }
  var outputHeight: Int { phases?.height ?? rows.output }
  var outputWidth: Int { phases?.width ?? columns.output }

  /// Weights of a pair of channels.
  var weights: Int { phases == nil ? rows.kernel * columns.kernel : 16 }

  /// The other kernel beside 3x3, which one tile serves.
  private static let wideKernel = 5
  var isWide: Bool { rows.kernel == Self.wideKernel }

  /// Samples of the transformed tile along one axis, as many as the tile reads.
  var samples: Int { WinogradTile.samples(outputs: tile.rawValue, of: rows) }

  var rowTiling: WinogradTiling { WinogradTiling(outputs: rows.output, dilation: rows.dilation, tile: tile) }
  var columnTiling: WinogradTiling { WinogradTiling(outputs: columns.output, dilation: columns.dilation, tile: tile) }

  var scheme: ConvolutionWinogradScheme {
    if phases != nil { return ConvolutionWinogradSchemeTransposed3x3 }
    if isWide { return ConvolutionWinogradSchemeWide4x4 }
    return switch (rows.stride, tile) {
    case (1, .two): ConvolutionWinogradScheme2x2
    case (1, .three): ConvolutionWinogradScheme3x3
    case (1, .four): ConvolutionWinogradScheme4x4
    case (_, .two): ConvolutionWinogradSchemeStrided2x2
    case (_, .three): ConvolutionWinogradSchemeStrided3x3
    case (_, .four): ConvolutionWinogradSchemeStrided4x4
    }
  }
}
