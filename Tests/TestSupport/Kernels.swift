package import CConvolutionKernels

/// The levels that this processor has.
package let supportedLevels = (0...convolution_supported_instruction_set().rawValue).map {
  ConvolutionInstructionSet($0)
}

/// Where implicit GEMM may take pixels from.
package let everySource = [
  ConvolutionSourcePackedLanes, ConvolutionSourcePackedRows, ConvolutionSourceInPlace, ConvolutionSourceStagedRows,
  ConvolutionSourceStagedFactors,
]

/// What the lanes of a source may hold.
package func stagedLanes(of source: ConvolutionSource) -> [ConvolutionStagedLanes] {
  source == ConvolutionSourceStagedRows
    ? [ConvolutionStagedLanesOfRow, ConvolutionStagedLanesAcrossRows, ConvolutionStagedLanesOfImages]
    : [ConvolutionStagedLanesOfRow]
}
