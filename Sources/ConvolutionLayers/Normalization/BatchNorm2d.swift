public import Convolution

/// Normalises each channel by the mean and variance of the batch, or by running ones, as PyTorch's
/// [`nn.BatchNorm2d`](https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html).
///
///     y[n, c, h, w] = (x[n, c, h, w] − mean[c]) / √(variance[c] + eps) · weight[c] + bias[c]
///
/// While ``isTraining`` is true, which it is at first, and in a layer without running statistics, mean and variance
/// (divided by the count) are the batch's own, and the gradient runs through them. In evaluation they are
/// ``runningMean`` and ``runningVariance``. Input and output are `[N, C, H, W]`.
///
/// **The running statistics move in the backward pass.** A forward pass changes nothing: a layer is a value, and the same
/// input gives the same output. Each `backward` while ``isTraining`` is true, whatever it is asked for, counts the batch and
/// moves
///
///     running = (1 − momentum) · running + momentum · (the batch's; the variance divided by the count − 1)
///
/// so that after a step of training they are what PyTorch, which moves them in the forward pass, has too. Where `momentum`
/// is `nil` they are the mean over all batches so far.
///
/// The statistics are parameters that require no gradient, so that they are saved, loaded and copied with the rest, under
/// PyTorch's names: `running_mean`, `running_var`, `num_batches_tracked`.
///
/// ```swift
/// var layer = try BatchNorm2d<Float>(channels: 3)
/// layer.isTraining = false     // by the running statistics
/// let output = try layer(Tensor(zeros: [2, 3, 8, 8]))     // [2, 3, 8, 8]
/// ```
public struct BatchNorm2d<Scalar: ConvolutionScalar>: Module, TrainingAware {
  /// Channels of the input.
  public let channels: Int
  /// What is added to the variance.
  public let eps: Double
  /// How much a batch moves the running statistics; `nil` for the mean of all batches.
  public let momentum: Double?
  /// What a normalised channel is multiplied by, `[C]`, or `nil` for a layer that is not affine.
  public var weight: Parameter<Scalar>?
  /// What is added then, `[C]`, or `nil` for a layer without bias.
  public var bias: Parameter<Scalar>?
  /// The running mean, `[C]`, or `nil` where none is kept.
  public var runningMean: Parameter<Scalar>?
  /// The running variance, `[C]`, or `nil` where none is kept.
  public var runningVariance: Parameter<Scalar>?
  /// How many batches the running statistics have seen, a tensor of no dimensions. A Float counts to 2²⁴.
  public var batchCount: Parameter<Scalar>?
  /// Whether the batch's own statistics are used, and the running ones moved.
  public var isTraining = true
  /// Where the layer computes, and on how many threads.
  public var device: Device

  /// Creates a layer with weight 1, bias 0, running mean 0 and running variance 1.
  ///
  /// - Parameters:
  ///   - channels: Channels of the input, at least 1; PyTorch's `num_features`.
  ///   - eps: What is added to the variance, 0 or more.
  ///   - momentum: How much a batch moves the running statistics, from 0 to 1; `nil` for the mean of all batches.
  ///   - affine: Whether there are a weight and, unless `bias` is false, a bias.
  ///   - trackRunningStats: Whether running statistics are kept. Without, evaluation uses the batch's too.
  ///   - bias: Whether an affine layer has a bias.
  ///   - device: Where the layer computes.
  /// - Throws: `ConvolutionError.valueOutOfRange` and `ConvolutionError.invalidSetting` outside these ranges,
  ///   `ConvolutionError.outOfMemory`.
  public init(
    channels: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
    bias: Bool = true, device: Device = .cpu
  ) throws(ConvolutionError) {
    guard channels >= 1 else {
      throw .valueOutOfRange(name: "channels", expected: "1 or more", actual: [channels])
    }
    guard eps >= 0, eps.isFinite else {
      throw .invalidSetting(name: "eps", expected: "a finite number of 0 or more", actual: "\(eps)")
    }
    if let momentum, !(0...1).contains(momentum) {
      throw .invalidSetting(name: "momentum", expected: "from 0 to 1, or nil", actual: "\(momentum)")
    }
    self.channels = channels
    self.eps = eps
    self.momentum = momentum
    self.device = device
    if affine {
      weight = try Parameter(Tensor(repeating: 1, shape: [channels]))
      if bias { self.bias = try Parameter(Tensor(zeros: [channels])) }
    }
    if trackRunningStats {
      runningMean = try Parameter(Tensor(zeros: [channels]), requiresGradient: false)
      runningVariance = try Parameter(Tensor(repeating: 1, shape: [channels]), requiresGradient: false)
      batchCount = try Parameter(Tensor(zeros: []), requiresGradient: false)
    }
  }

  /// `weight` and `bias`, then `running_mean`, `running_var` and `num_batches_tracked`, as far as there are any.
  public mutating func forEachParameter<E: Error>(
    _ body: (String, inout Parameter<Scalar>) throws(E) -> Void
  ) throws(E) {
    if weight != nil { try body("weight", &weight!) }
    if bias != nil { try body("bias", &bias!) }
    if runningMean != nil { try body("running_mean", &runningMean!) }
    if runningVariance != nil { try body("running_var", &runningVariance!) }
    if batchCount != nil { try body("num_batches_tracked", &batchCount!) }
  }

  /// PyTorch's words for the layer, those of its version 2.13; older versions do not print the bias.
  public var extraRepresentation: String {
    "\(channels), eps=\(eps), momentum=\(momentum.map { "\($0)" } ?? "None"), "
      + "affine=\(weight == nil ? "False" : "True"), bias=\(bias == nil ? "False" : "True"), "
      + "track_running_stats=\(runningMean == nil ? "False" : "True")"
  }
}
