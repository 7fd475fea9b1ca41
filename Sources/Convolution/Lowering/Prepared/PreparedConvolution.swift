import CConvolutionKernels

/// One layer made ready for batches of images of one size: the algorithm chosen, filters packed or transformed, workspace
/// measured. A call looks nothing up and, but for what ``mayAllocate`` says, asks for no memory.
package struct PreparedConvolution<Scalar: ConvolutionScalar>: Sendable {
  enum Form: Sendable {
    case implicitGemm(ImplicitGemm, filters: MemoryBlock)
    case winograd(PreparedWinograd, weight: Tensor<Scalar>)
    case depthwise(Depthwise357, weight: Tensor<Scalar>, zeros: Tensor<Scalar>)
    /// By what a layer's call does: im2col, transposed convolutions.
    case layer(LayerPlan, weight: Tensor<Scalar>, DerivedWeights)
  }

  let form: Form
  let image: ImageGeometry
  private let bias, slopes: Tensor<Scalar>?
  private let activation: EpilogueActivation
  private let batch: Int
  private let device: Device
  /// As many as the workspace holds.
  private let threads: Int

  /// The shape of the output for the largest batch.
  package let outputShape: [Int]
  /// As ``ConvolutionCost/algorithm``.
  package let algorithm: String
  /// As ``ConvolutionCost/operations``, for the largest batch.
  package let operations: Int
  /// What is kept of the weight and the bias.
  package let weightBytes: Int
  /// What a call needs besides; 0 where it allocates.
  package let workspaceBytes: Int

  /// Whether a call asks for workspace, which may be refused.
  package var mayAllocate: Bool {
    if case .layer = form { true } else { false }
  }

  /// - Parameters:
  ///   - call: The layer.
  ///   - inputShape: Of the largest batch.
  ///   - activation: What follows in the epilogue.
  ///   - slopes: One for each output channel, where the activation takes them.
  /// - Throws: ``ConvolutionError``, as a call of the layer does.
  package init(
    _ call: ConvolutionCall<Scalar>, for inputShape: [Int], activation: EpilogueActivation, slopes: Tensor<Scalar>?
  ) throws(ConvolutionError) {
    let cost = try call.cost(for: inputShape)
    let geometry = try Geometry(call.configuration, inputShape: inputShape, of: Scalar.self)
    let plan = try LayerPlan(geometry, scalar: Scalar.self, algorithm: call.algorithm, precision: call.precision)
    let threads = call.device.threads
    image = geometry.image
    batch = geometry.batch
    device = call.device
    self.threads = threads
    self.activation = activation
    self.slopes = slopes
    bias = call.bias
    outputShape = geometry.outputShape
    operations = cost.operations
    let derivedWeights = DerivedWeights()
    form = try call.weight.withUnsafeBufferPointer { weight throws(ConvolutionError) in
      unsafe try Self.form(
        of: call.weight, at: weight.baseAddress!, plan: plan, image: geometry.image, derivedWeights, threads: threads)
    }
    let constants = ((bias?.count ?? 0) + (slopes?.count ?? 0)) * MemoryLayout<Scalar>.stride
    let weights = call.weight.count * MemoryLayout<Scalar>.stride
    // A batch smaller than the largest, or fewer threads, are dealt out otherwise, and may need more for a worker.
    func most(_ bytes: (_ batch: Int, _ threads: Int) -> Int) -> Int {
      var most = 0
      for batch in 1...max(1, geometry.batch) {
        for threads in 1...threads { most = max(most, bytes(batch, threads)) }
      }
      return most
    }
    switch form {
    case .implicitGemm(let gemm, let filters):
      algorithm = "implicit GEMM"
      weightBytes = constants + filters.byteCount
      workspaceBytes = most { WorkerMemory([ImplicitGemmCall<Scalar>(gemm, batch: $0, threads: $1)]).byteCount }
    case .winograd(let winograd, _):
      algorithm = winograd.name
      weightBytes = constants + weights + winograd.byteCount
      workspaceBytes = most { winograd.workspaceBytes(batch: $0, threads: $1) }
    case .depthwise(let depthwise, _, _):
      algorithm = "depthwise"
      weightBytes = constants + weights + depthwise.workspaceSize * MemoryLayout<Scalar>.stride
      workspaceBytes = 0
    case .layer:
      algorithm = cost.algorithm
      weightBytes = constants + weights + derivedWeights.byteCount
      workspaceBytes = 0
    }
  }

  /// What serves this weight, as ``Plan/forward(_:)`` finds it at every call.
  private static func form(
    of weight: Tensor<Scalar>, at start: UnsafePointer<Scalar>, plan: LayerPlan, image: ImageGeometry,
    _ derivedWeights: DerivedWeights, threads: Int
  ) throws(ConvolutionError) -> Form {
    let isFinite = unsafe derivedWeights.isFinite(start, count: weight.count)
    func implicitGemm(_ gemm: ImplicitGemm) throws(ConvolutionError) -> Form {
      .implicitGemm(gemm, filters: try gemm.packed(start, keptIn: derivedWeights, threads: threads))
    }
    switch plan.preparedForward {
    case .winograd(let convolution) where isFinite:
      let filters = WinogradRoom.filters(convolution, start, level: plan.level)
      if let winograd = try PreparedWinograd(filters, keptIn: derivedWeights, threads: threads) {
        return .winograd(winograd, weight: weight)
      }
      return try implicitGemm(plan.implicitGemm)
    case .depthwise357(let depthwise):
      return .depthwise(depthwise, weight: weight, zeros: try Tensor(zeros: [depthwise.workspaceSize]))
    case .implicitGemm(let gemm) where !gemm.needsFiniteWeight || isFinite: return try implicitGemm(gemm)
    default: return .layer(plan, weight: weight, derivedWeights)
    }
  }
}

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
    guard operands.batch == 1 || isAligned && (followEachOther || !mayAllocate) else {
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
    switch form {
    case .implicitGemm(let gemm, let filters):
      let call = ImplicitGemmCall<Scalar>(gemm, batch: operands.batch, threads: threads)
      let bytes = WorkerMemory.inWholeLines(call.workerBytes)
      unsafe call.run(
        .init(
          input: operands.input, inputImage: operands.inputImage, filters: filters.pointer(to: Scalar.self),
          epilogue: epilogue, output: operands.output, outputImage: operands.outputImage),
        workers: max(1, min(call.threads, Workspace.budget / bytes))
      ) { worker in unsafe workspace + worker * bytes }
      extendLifetime(filters)
    case .winograd(let winograd, let weight):
      weight.withUnsafeBufferPointer { weight in
        unsafe winograd.run(
          weight: WinogradRoom.floats(weight.baseAddress!), input: WinogradRoom.floats(operands.input),
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
    case .layer(let plan, let weight, let derivedWeights):
      try weight.withUnsafeBufferPointer { weight throws(ConvolutionError) in
        unsafe try plan.forward(forward(weight.baseAddress!, derivedWeights))
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
