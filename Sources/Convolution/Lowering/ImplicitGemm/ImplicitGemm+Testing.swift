import CConvolutionKernels

extension ImplicitGemm {
  /// The forward pass from a source that a test forces, whatever it costs; from the cheapest with `nil`.
  init(
    _ image: ImageGeometry, scalarSize: Int, level: ConvolutionInstructionSet, precision: Precision = .standard,
    forcing source: ConvolutionSource?
  ) {
    self.init(image, scalarSize: scalarSize, level: level, precision: precision, mayExchange: source == nil)
    guard let source else { return }
    choice = SourceChoice(
      source, TapRegions(rows, columns, lanes: AlgorithmChoice.lanes(level, scalarSize: scalarSize)), rows: rows,
      columns: columns, inputChannels: inputChannels)
    summation = Summation(terms: reduction, from: choice, precision: precision)
  }
}
