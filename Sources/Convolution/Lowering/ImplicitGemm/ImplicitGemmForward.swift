extension ImplicitGemm {
  /// Computes the output of every image.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run<Scalar: ConvolutionScalar>(_ operands: ForwardOperands<Scalar>) throws(ConvolutionError) {
    let filters = unsafe try packed(operands.weight, keptIn: operands.derivedWeights, threads: operands.threads)
    let call = ImplicitGemmCall<Scalar>(self, batch: operands.batch, threads: operands.threads)
    let workers = call.workerMemory
    try workers.with { memory in
      unsafe call.run(
        .init(
          input: operands.input, inputImage: groups * inputChannels * inputPixels,
          filters: UnsafeRawPointer(filters.pointer(to: Scalar.self)), epilogue: operands.epilogue,
          output: operands.output, outputImage: groups * outputChannels * outputSteps.plane), workers: workers.workers,
        memory: memory)
    }
    extendLifetime(filters)
  }

  /// The packed filters of all groups, made on first use and kept with the weight.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  @safe func packed<Scalar: ConvolutionScalar>(
    _ weight: UnsafePointer<Scalar>, keptIn derivedWeights: DerivedWeights, threads: Int
  ) throws(ConvolutionError) -> MemoryBlock {
    let key = DerivedWeights.Key(use: .forward, algorithm: "implicit GEMM", layout: filterLayout)
    return unsafe try derivedWeights.panels(
      for: key, count: { () throws(ConvolutionError) in try filterCount(of: Scalar.self) },
      panels: filterPanels(of: Scalar.self), threads: threads
    ) { (panel, target: UnsafeMutablePointer<Scalar>) in unsafe pack(panel: panel, of: weight, into: target) }
  }
}
