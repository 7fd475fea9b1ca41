import CConvolutionKernels

extension PreparedConvolution {
  enum Form: Sendable {
    case implicitGemm(ImplicitGemm, filters: MemoryBlock)
    /// A transposed convolution.
    case inputGradient(ImplicitGemmInputGradient, filters: MemoryBlock)
    /// Without a weight where the filters are packed.
    case winograd(PreparedWinograd, weight: Tensor<Scalar>?)
    case depthwise(Depthwise357, weight: Tensor<Scalar>, zeros: Tensor<Scalar>)
    /// A transposed convolution with a stride.
    case depthwiseGradient(Depthwise357, weight: Tensor<Scalar>)
    /// By what a layer's call does: im2col.
    case layer(LayerPlan, weight: Tensor<Scalar>, DerivedWeights)
  }

  /// What serves this weight, as ``Plan/forward(_:)`` and ``Plan/inputGradient(_:)`` find it at every call.
  static func form(
    of weight: Tensor<Scalar>, at start: UnsafePointer<Scalar>, plan: LayerPlan, image: ImageGeometry,
    as format: WeightFormat, _ derivedWeights: DerivedWeights, threads: Int
  ) throws(ConvolutionError) -> Form {
    let isFinite = unsafe derivedWeights.isFinite(start, count: weight.count)
    func implicitGemm(_ gemm: ImplicitGemm) throws(ConvolutionError) -> Form {
      var gemm = gemm
      let packed = try gemm.packed(start, keptIn: derivedWeights, threads: threads)
      let count = try gemm.filterCount(of: Scalar.self)
      gemm.weights = format
      return .implicitGemm(gemm, filters: try format.kept(packed, of: Scalar.self, count: count, threads: threads))
    }
    func inputGradient(_ gradient: ImplicitGemmInputGradient) throws(ConvolutionError) -> Form {
      let packed = try gradient.packed(start, keptIn: derivedWeights, threads: threads)
      let count = try gradient.filterCount(of: Scalar.self)
      return .inputGradient(
        gradient.reading(format), filters: try format.kept(packed, of: Scalar.self, count: count, threads: threads))
    }
    func winograd(_ convolution: WinogradConvolution) throws(ConvolutionError) -> Form? {
      let filters = WinogradRoom.filters(convolution, start, level: plan.level)
      return try PreparedWinograd(filters, keptIn: derivedWeights, as: format, threads: threads).map {
        .winograd($0, weight: $0.isPacked ? nil : weight)
      }
    }
    switch plan.prepared {
    case .forward(.winograd(let convolution)) where isFinite:
      if let form = try winograd(convolution) { return form }
      return try implicitGemm(plan.implicitGemm)
    case .forward(.depthwise357(let depthwise)):
      return .depthwise(depthwise, weight: weight, zeros: try Tensor(zeros: [depthwise.workspaceSize]))
    case .forward(.implicitGemm(let gemm)) where !gemm.needsFiniteWeight || isFinite:
      return try implicitGemm(gemm)
    case .inputGradient(.winograd(let convolution)) where isFinite:
      if let form = try winograd(convolution) { return form }
      return try inputGradient(plan.implicitGemmInputGradient)
    case .inputGradient(.depthwise357(let depthwise)) where isFinite:
      guard image.rows.stride == 1, let adjoint = depthwise.adjoint else {
        return .depthwiseGradient(depthwise, weight: weight)
      }
      return .depthwise(
        adjoint, weight: try depthwise.rotated(weight), zeros: try Tensor(zeros: [adjoint.workspaceSize]))
    case .inputGradient(.implicitGemm(let gradient)) where !gradient.needsFiniteWeight || isFinite:
      return try inputGradient(gradient)
    default: return .layer(plan, weight: weight, derivedWeights)
    }
  }
}
