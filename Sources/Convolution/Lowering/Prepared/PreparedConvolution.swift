import CConvolutionKernels

/// One layer made ready for batches of images of one size: the algorithm chosen, filters packed or transformed, workspace
/// measured. A call looks nothing up and, but for what ``mayAllocate`` says, asks for no memory.
package struct PreparedConvolution<Scalar: ConvolutionScalar>: Sendable {
  let form: Form
  let image: ImageGeometry
  let bias, slopes: Tensor<Scalar>?
  let activation: EpilogueActivation
  private let batch: Int
  let device: Device
  /// As many as the workspace holds.
  let threads: Int
  let nothingDerived = DerivedWeights()

  /// The shape of the output for the largest batch.
  package let outputShape: [Int]
  /// As ``ConvolutionCost/algorithm``.
  package let algorithm: String
  /// As ``ConvolutionCost/operations``, for the largest batch.
  package let operations: Int
  /// What filters are kept in: the scalars where an algorithm needs the weight itself.
  package let weights: WeightFormat
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
  ///   - weights: What the weight is rounded to, and kept in where that saves memory.
  ///   - name: The weight's, for an error.
  /// - Throws: ``ConvolutionError``, as a call of the layer does, or ``ConvolutionError/invalidSetting(name:expected:actual:)``
  ///   for a weight that lies beyond the format's range.
  package init(
    _ call: ConvolutionCall<Scalar>, for inputShape: [Int], activation: EpilogueActivation, slopes: Tensor<Scalar>?,
    weights format: WeightFormat = .full, named name: String = "weight"
  ) throws(ConvolutionError) {
    let call = try call.rounded(to: format, named: name)
    let cost = try call.cost(for: inputShape)
    let callPlan = try call.plan(for: inputShape)
    let (geometry, plan) = (callPlan.geometry, callPlan.plan)
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
        of: call.weight, at: weight.baseAddress!, plan: plan, image: geometry.image, as: format, derivedWeights,
        threads: threads)
    }
    let constants = ((bias?.count ?? 0) + (slopes?.count ?? 0)) * MemoryLayout<Scalar>.stride
    let weightBytes = call.weight.count * MemoryLayout<Scalar>.stride
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
      weights = format
      self.weightBytes = constants + filters.byteCount
      workspaceBytes = most { ImplicitGemmCall<Scalar>(gemm, batch: $0, threads: $1).workerMemory.byteCount }
    case .inputGradient(let gradient, let filters):
      algorithm = "implicit GEMM"
      weights = format
      self.weightBytes = constants + filters.byteCount
      workspaceBytes = most { gradient.workspaceBytes(batch: $0, threads: $1, of: Scalar.self) }
    case .winograd(let winograd, let weight):
      algorithm = winograd.name
      weights = format
      self.weightBytes = constants + (weight == nil ? 0 : weightBytes) + winograd.byteCount
      workspaceBytes = most { winograd.workspaceBytes(batch: $0, threads: $1) }
    case .depthwise(let depthwise, _, _):
      algorithm = "depthwise"
      weights = .full
      self.weightBytes = constants + weightBytes + depthwise.workspaceSize * MemoryLayout<Scalar>.stride
      workspaceBytes = 0
    case .depthwiseGradient:
      algorithm = "depthwise"
      weights = .full
      self.weightBytes = constants + weightBytes
      workspaceBytes = 0
    case .layer:
      algorithm = cost.algorithm
      weights = .full
      self.weightBytes = constants + weightBytes + derivedWeights.byteCount
      workspaceBytes = 0
    }
  }
}
