/// What a pass takes: the algorithm that serves it, the most workspace that this or another that takes over from it holds at a
/// time, and what is kept with the weight.
struct PlanCost: Sendable {
  var algorithm: String
  var workspaceBytes, derivedWeightBytes: Int
}

extension Plan {
  /// What the forward pass takes. Where a weight is not finite, or its filters do not suit tiles, another algorithm takes over.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``, or
  ///   ``ConvolutionError/sizeOverflow(name:operands:)`` where filters cannot be counted in 64 bits.
  func forwardCost<Scalar: ConvolutionScalar>(
    batch: Int, threads: Int, of scalar: Scalar.Type
  ) throws(ConvolutionError) -> PlanCost {
    let im2col = {
      ColumnBlocking(image, scalarSize: scalarSize).workspaceBytes(image, batch: batch, threads: threads)
    }
    func workspace(_ gemm: ImplicitGemm) -> Int {
      ImplicitGemmCall<Scalar>(gemm, batch: batch, threads: threads).workerMemory.byteCount
    }
    switch forward {
    case .im2col: return PlanCost(algorithm: "im2col", workspaceBytes: im2col(), derivedWeightBytes: 0)
    case .winograd(let convolution):
      return try winogradCost(
        convolution, batch: batch, threads: threads, otherwise: max(workspace(implicitGemm), im2col()))
    case .depthwise357(let depthwise):
      return PlanCost(
        algorithm: "depthwise", workspaceBytes: depthwise.workspaceSize * scalarSize, derivedWeightBytes: 0)
    case .implicitGemm(let gemm):
      return PlanCost(
        algorithm: "implicit GEMM",
        workspaceBytes: gemm.needsFiniteWeight ? max(workspace(gemm), im2col()) : workspace(gemm),
        derivedWeightBytes: try bytes(gemm.filterCount(of: scalar)))
    }
  }

  /// What the gradient of the input takes where no padding repeats pixels: the forward pass of a transposed convolution.
  ///
  /// - Throws: What ``forwardCost(batch:threads:of:)`` throws.
  func inputGradientCost<Scalar: ConvolutionScalar>(
    batch: Int, threads: Int, of scalar: Scalar.Type
  ) throws(ConvolutionError) -> PlanCost {
    let im2col = {
      ColumnGradientBlocking(image, scalarSize: scalarSize).workspaceBytes(image, batch: batch, threads: threads)
    }
    switch inputGradient {
    case .im2col: return PlanCost(algorithm: "im2col", workspaceBytes: im2col(), derivedWeightBytes: 0)
    case .winograd(let convolution):
      return try winogradCost(
        convolution, batch: batch, threads: threads,
        otherwise: max(
          implicitGemmInputGradient.workspaceBytes(batch: batch, threads: threads, of: scalar), im2col()))
    case .depthwise357(let depthwise):
      let adjoint = image.rows.stride == 1 ? depthwise.adjoint : nil
      return PlanCost(
        algorithm: "depthwise",
        workspaceBytes: max((adjoint ?? depthwise).workspaceSize * scalarSize, im2col()),
        derivedWeightBytes: adjoint == nil ? 0 : image.outputChannels * image.taps * scalarSize)
    case .implicitGemm(let gemm):
      let workspace = gemm.workspaceBytes(batch: batch, threads: threads, of: scalar)
      return PlanCost(
        algorithm: "implicit GEMM", workspaceBytes: gemm.needsFiniteWeight ? max(workspace, im2col()) : workspace,
        derivedWeightBytes: try bytes(gemm.filterCount(of: scalar)))
    }
  }

  private func winogradCost(
    _ convolution: WinogradConvolution, batch: Int, threads: Int, otherwise: Int
  ) throws(ConvolutionError) -> PlanCost {
    let filters = try SizeArithmetic.product(
      [convolution.groups, WinogradFilters.sizePerGroup(convolution, level: level)],
      name: "scalars of transformed filters")
    let workspace = try WinogradUnits.workspaceBytes(convolution, batch: batch, threads: threads, level: level)
    return PlanCost(
      algorithm: convolution.tile.algorithmName, workspaceBytes: max(workspace, otherwise),
      derivedWeightBytes: try bytes(filters) + WinogradLocality.byteCount(convolution))
  }

  private func bytes(_ scalars: Int) throws(ConvolutionError) -> Int {
    try SizeArithmetic.product([scalars, scalarSize], name: "bytes of derived weights")
  }
}
