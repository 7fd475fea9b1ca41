import CConvolutionKernels

extension PreparedConvolution {
  /// Where a call reads and writes, and how many scalars lie from one image to the next.
  @safe package struct Operands {
    package var input: UnsafePointer<Scalar>
    package var inputImage: Int
    /// Does not overlap the output.
    package var residual: UnsafePointer<Scalar>?
    package var residualImage: Int
    package var output: UnsafeMutablePointer<Scalar>
    package var outputImage: Int
    /// At most that of the largest batch.
    package var batch: Int

    package init(
      input: UnsafePointer<Scalar>, inputImage: Int, residual: UnsafePointer<Scalar>?, residualImage: Int,
      output: UnsafeMutablePointer<Scalar>, outputImage: Int, batch: Int
    ) {
      unsafe (self.input, self.inputImage, self.residual) = (input, inputImage, residual)
      unsafe (self.residualImage, self.output, self.outputImage) = (residualImage, output, outputImage)
      self.batch = batch
    }

    fileprivate func image(_ index: Int) -> Operands {
      unsafe Operands(
        input: input + index * inputImage, inputImage: inputImage,
        residual: residual.map { unsafe $0 + index * residualImage }, residualImage: residualImage,
        output: output + index * outputImage, outputImage: outputImage, batch: 1)
    }
  }

  /// Whether images may lie apart.
  private var takesSteps: Bool {
    switch form {
    case .layer, .depthwiseGradient: false
    case .inputGradient(let gradient, _): !gradient.hasGaps
    default: true
    }
  }

  /// Computes every image of the operands.
  ///
  /// - Parameter workspace: ``workspaceBytes`` bytes, aligned to 64, that no other call uses meanwhile.
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)`` where ``mayAllocate`` is true.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  @safe package func run(
    _ operands: Operands, workspace: UnsafeMutableRawPointer
  ) throws(ConvolutionError) {
    guard operands.batch > 0 else { return }
    let outputSize = outputShape.suffix(3).reduce(1, *)
    let inputSize = image.inputSize + image.outputSize - outputSize
    let followEachOther = operands.inputImage == inputSize && operands.outputImage == outputSize
    let isAligned = unsafe operands.residual == nil || operands.residualImage == operands.outputImage
    guard operands.batch == 1 || isAligned && (followEachOther || takesSteps) else {
      for index in 0..<operands.batch { unsafe try runTogether(operands.image(index), workspace) }
      return
    }
    unsafe try runTogether(operands, workspace)
  }

  @inline(__always)
  private func runTogether(
    _ operands: Operands, _ workspace: UnsafeMutableRawPointer
  ) throws(ConvolutionError) {
    unsafe try with(bias) { bias throws(ConvolutionError) in
      unsafe try with(slopes) { slopes throws(ConvolutionError) in
        let epilogue = unsafe Epilogue(
          bias: bias, residual: operands.residual, slopes: slopes, activation: activation)
        unsafe try run(operands, epilogue, threads: min(threads, device.threads), workspace)
      }
    }
  }

  private func run(
    _ operands: Operands, _ epilogue: Epilogue<Scalar>, threads: Int, _ workspace: UnsafeMutableRawPointer
  ) throws(ConvolutionError) {
    func forward(_ weight: UnsafePointer<Scalar>, _ derivedWeights: DerivedWeights) -> ForwardOperands<Scalar> {
      unsafe ForwardOperands(
        input: operands.input, weight: weight, epilogue: epilogue, output: operands.output, batch: operands.batch,
        threads: threads, derivedWeights: derivedWeights)
    }
    func backward(_ weight: UnsafePointer<Scalar>) -> BackwardOperands<Scalar> {
      unsafe BackwardOperands(
        outputGradient: operands.input, input: operands.input, weight: weight, epilogue: epilogue,
        result: operands.output, batch: operands.batch, threads: threads, derivedWeights: nothingDerived)
    }
    func product(_ filters: MemoryBlock) -> ImplicitGemmCall<Scalar>.Operands {
      unsafe .init(
        input: operands.input, inputImage: operands.inputImage,
        filters: UnsafeRawPointer(filters.pointer(to: UInt8.self)), epilogue: epilogue, output: operands.output,
        outputImage: operands.outputImage)
    }
    switch form {
    case .implicitGemm(let gemm, let filters):
      let call = ImplicitGemmCall<Scalar>(gemm, batch: operands.batch, threads: threads)
      let workers = call.workerMemory
      unsafe call.run(product(filters), workers: workers.workers) { worker in
        unsafe workers.part(worker, of: workspace)
      }
      extendLifetime(filters)
    case .inputGradient(let gradient, let filters):
      // The weight is not read.
      if gradient.hasGaps { unsafe backward(operands.input).fillUnread(image, level: gradient.level) }
      gradient.run(product(filters), batch: operands.batch, threads: threads, workspace: workspace)
      extendLifetime(filters)
    case .winograd(let winograd, let weight):
      unsafe try with(weight) { weight in
        unsafe winograd.run(
          weight: weight.map { unsafe WinogradRoom.floats($0) }, input: WinogradRoom.floats(operands.input),
          inputImage: operands.inputImage, epilogue: WinogradRoom.floats(epilogue),
          output: WinogradRoom.floats(operands.output), outputImage: operands.outputImage, batch: operands.batch,
          threads: threads, workspace: workspace.assumingMemoryBound(to: Float.self))
      }
    case .depthwise(let depthwise, let weight, let zeros):
      weight.withUnsafeBufferPointer { weight in
        zeros.withUnsafeBufferPointer { zeros in
          unsafe depthwise.forward(
            weight.baseAddress!, operands.input, epilogue, operands.output, batch: operands.batch, threads: threads,
            zeros: zeros.baseAddress!, inputImage: operands.inputImage, outputImage: operands.outputImage)
        }
      }
    case .depthwiseGradient(let depthwise, let weight):
      weight.withUnsafeBufferPointer { weight in
        unsafe depthwise.stridedInputGradient(backward(weight.baseAddress!))
      }
    case .layer(let plan, let weight, let derivedWeights):
      try weight.withUnsafeBufferPointer { weight throws(ConvolutionError) in
        unsafe try plan.forward(forward(weight.baseAddress!, derivedWeights), by: plan.prepared)
      }
    }
  }

  private func with(
    _ tensor: Tensor<Scalar>?, _ body: (UnsafePointer<Scalar>?) throws(ConvolutionError) -> Void
  ) throws(ConvolutionError) {
    guard let tensor else { return try body(nil) }
    try tensor.withUnsafeBufferPointer { tensor throws(ConvolutionError) in unsafe try body(tensor.baseAddress) }
  }
}
