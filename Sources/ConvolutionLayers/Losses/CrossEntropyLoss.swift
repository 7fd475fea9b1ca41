import CConvolutionKernels
public import Convolution

/// The softmax cross-entropy of scores against the true classes, as PyTorch's
/// [`nn.CrossEntropyLoss`](https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html) with class labels.
///
///     p[c] = exp(x[c]) / Σk exp(x[k])
///     loss = −log p[label], summed over all labels that count, or their mean
///     gradient[c] = p[c] − (c == label ? 1 : 0), divided by their number for the mean
///
/// Scores are `[N, C]`, or `[C]` for one label, or `[N, C, …]` with a label for each position behind the channels, as in
/// segmentation. A loss is no module: it gives a number, and the gradient with which a backward pass begins.
///
/// ```swift
/// let loss = CrossEntropyLoss<Float>()
/// let scores = try Tensor<Float>(shape: [1, 3], scalars: [2, 1, 0])
/// let (value, gradient) = try loss.valueWithGradient(of: scores, labels: [0])     // 0.4076
/// ```
public struct CrossEntropyLoss<Scalar: ConvolutionScalar>: Sendable, CustomStringConvertible {
  /// What the losses of all labels become. Raw values are PyTorch's.
  public enum Reduction: String, Sendable, Hashable, CaseIterable {
    case mean, sum

    /// Creates the reduction that PyTorch calls by this name.
    ///
    /// - Throws: `ConvolutionError.unknownName` for any other name than `"mean"` and `"sum"`.
    public init(_ name: String) throws(ConvolutionError) {
      try self.init(named: name, parameter: "reduction")
    }
  }

  /// The label that does not count.
  public let ignoreIndex: Int
  /// What the losses of all labels become.
  public let reduction: Reduction
  /// Where the loss is computed, and on how many threads.
  public var device: Device

  /// Creates the loss.
  public init(ignoreIndex: Int = -100, reduction: Reduction = .mean, device: Device = .cpu) {
    self.ignoreIndex = ignoreIndex
    self.reduction = reduction
    self.device = device
  }

  /// The loss. The mean over no labels is NaN.
  ///
  /// - Throws: What ``valueWithGradient(of:labels:)`` throws.
  public func callAsFunction(_ scores: Tensor<Scalar>, labels: [Int]) throws(ConvolutionError) -> Double {
    try valueWithGradient(of: scores, labels: labels).value
  }

  /// The loss and its gradient with respect to the scores.
  ///
  /// - Parameters:
  ///   - scores: `[N, C]`, `[C]` or `[N, C, …]`, before the softmax.
  ///   - labels: For each image, row by row, the class of each position: from 0 to C − 1, or ``ignoreIndex``.
  /// - Throws: `ConvolutionError.shapeMismatch` for scores without classes, `ConvolutionError.valueOutOfRange` for another
  ///   number of labels and for a label that is no class, `ConvolutionError.outOfMemory`.
  public func valueWithGradient(
    of scores: Tensor<Scalar>, labels: [Int]
  ) throws(ConvolutionError) -> (value: Double, gradient: Tensor<Scalar>) {
    let shape = scores.shape.count == 1 ? [1] + scores.shape : scores.shape
    guard shape.count >= 2, shape[1] >= 1 else {
      throw .shapeMismatch(
        name: "scores", expected: "[N, C], [C] or [N, C, …] with C of 1 or more", actual: scores.shape)
    }
    let (images, classes, positions) = (shape[0], shape[1], shape[2...].reduce(1, *))
    guard labels.count == images * positions else {
      throw .valueOutOfRange(name: "labels", expected: "\(images * positions) labels", actual: [labels.count])
    }
    var counted = 0
    var known = labels
    for (index, label) in labels.enumerated() {
      if label == ignoreIndex {
        known[index] = -1
      } else if (0..<classes).contains(label) {
        counted += 1
      } else {
        throw .valueOutOfRange(name: "labels[\(index)]", expected: "from 0 to \(classes - 1)", actual: [label])
      }
    }
    let divisor = reduction == .mean ? Double(counted) : 1
    var losses = [Double](repeating: 0, count: images)
    let gradient = unsafe try losses.withUnsafeMutableBufferPointer { losses throws(ConvolutionError) in
      unsafe try known.withUnsafeBufferPointer { labels throws(ConvolutionError) in
        try Tensor<Scalar>.computed(
          shape: scores.shape, from: scores, scores, parts: scores.count > 0 ? images : 0, device: device
        ) { range, operands in
          for image in range {
            let start = image * classes * positions
            unsafe losses[image] = convolution_cross_entropy(
              Processor.instructionSet, operands.scalarBytes, operands.first + start,
              labels.baseAddress! + image * positions, classes, positions, 1 / divisor, operands.result + start)
          }
        }
      }
    }
    return (losses.reduce(0, +) / divisor, gradient)
  }

  /// `CrossEntropyLoss()`, as PyTorch prints it.
  public var description: String { "CrossEntropyLoss()" }
}
