import Convolution
import Glibc

/// What a batch of predictions is worth: the softmax cross-entropy against the true classes.
struct CrossEntropy {
  /// The sum of `−log p(true class)` over the batch.
  var loss: Double = 0
  /// How many predictions rank the true class first.
  var correct = 0
  /// The gradient of the mean loss with respect to the predictions, `(p − [true class]) / N`.
  var gradient: Tensor<Float>

  /// - Parameters:
  ///   - predictions: `[N, classes]`, before the softmax.
  ///   - labels: The N true classes.
  init(_ predictions: Tensor<Float>, labels: [UInt8]) {
    let classes = predictions.shape[1]
    precondition(predictions.shape == [labels.count, classes])
    var gradient = predictions
    var scores = gradient.mutableSpan
    for (index, label) in labels.enumerated() {
      let row = index * classes..<(index + 1) * classes
      let label = row.lowerBound + Int(label)
      var best = row.lowerBound
      for position in row where scores[position] > scores[best] { best = position }
      if best == label { correct += 1 }
      // Softmax, shifted by the largest score so that nothing overflows.
      let largest = scores[best]
      let trueScore = scores[label] - largest
      var sum: Float = 0
      for position in row {
        scores[position] = expf(scores[position] - largest)
        sum += scores[position]
      }
      loss += Double(logf(sum) - trueScore)
      let scale = 1 / (sum * Float(labels.count))
      for position in row { scores[position] *= scale }
      scores[label] -= 1 / Float(labels.count)
    }
    self.gradient = gradient
  }
}
