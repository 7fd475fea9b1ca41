import CConvolutionKernels

/// How filters of a convolution lie in a weight `[O, I / groups, kH, kW]`: as the forward pass reads them, or with input and
/// output channels exchanged and some of the taps in reverse, as the gradient of the input does.
struct FilterView: Sendable, Hashable {
  /// Scalars from one group, channel and tap to the next; the first filter's first tap.
  let groupStep, outputStep, inputStep, rowStep, columnStep, first: Int
  /// From the filters of even columns of the output to those of odd ones, where both are one product.
  let pairStep: Int

  /// The filters of the forward pass.
  init(_ image: ImageGeometry) {
    groupStep = image.outputChannelsPerGroup * image.reduction
    outputStep = image.reduction
    inputStep = image.taps
    rowStep = image.columns.kernel
    columnStep = 1
    first = 0
    pairStep = 0
  }

  /// The filters of a phase of the gradient of the input; or of two, of the columns and of those behind them.
  init(_ image: ImageGeometry, rows: AdjointAxis, columns: AdjointAxis, next: AdjointAxis? = nil) {
    pairStep = next.map { $0.firstTap - columns.firstTap } ?? 0
    groupStep = image.outputChannelsPerGroup * image.reduction
    outputStep = image.taps
    inputStep = image.reduction
    rowStep = rows.tapStep * image.columns.kernel
    columnStep = columns.tapStep
    first = rows.firstTap * image.columns.kernel + columns.firstTap
  }

  private init(transposing view: FilterView) {
    groupStep = view.groupStep
    outputStep = view.outputStep
    inputStep = view.inputStep
    rowStep = view.columnStep
    columnStep = view.rowStep
    first = view.first
    pairStep = view.pairStep
  }

  /// The same with rows and columns of the taps exchanged.
  var transposed: FilterView { FilterView(transposing: self) }

  /// The filters of one group.
  @safe func view<Scalar>(of weight: UnsafePointer<Scalar>, group: Int) -> ConvolutionFilterView {
    unsafe ConvolutionFilterView(
      weights: weight + group * groupStep + first, outputStep: outputStep, inputStep: inputStep, rowStep: rowStep,
      columnStep: columnStep, pairStep: pairStep)
  }

  /// All that tells two views of one weight apart.
  var layout: [Int] { [groupStep, outputStep, inputStep, rowStep, columnStep, first, pairStep] }
}
