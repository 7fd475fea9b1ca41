extension ImplicitGemm {
  /// Computes the output of every image.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` before anything is written.
  func run<Scalar: ConvolutionScalar>(_ operands: ForwardOperands<Scalar>) throws(ConvolutionError) {
    let key = DerivedWeights.Key(use: .forward, algorithm: "implicit GEMM", layout: filterLayout)
    let filters = unsafe try operands.derivedWeights.panels(
      for: key, count: { () throws(ConvolutionError) in try filterCount(of: Scalar.self) },
      panels: filterPanels(of: Scalar.self), threads: operands.threads
    ) { (panel, target: UnsafeMutablePointer<Scalar>) in unsafe pack(panel: panel, of: operands.weight, into: target) }
    let call = ImplicitGemmCall<Scalar>(self, batch: operands.batch, threads: operands.threads)
    let workers = WorkerMemory([call])
    try workers.with { memory in
      unsafe call.run(
        .init(
          input: operands.input, inputImage: groups * inputChannels * inputPixels,
          filters: filters.pointer(to: Scalar.self), bias: operands.bias, output: operands.output,
          outputImage: groups * outputChannels * outputSteps.plane), workers: workers.workers, memory: memory)
    }
    extendLifetime(filters)
  }
}
