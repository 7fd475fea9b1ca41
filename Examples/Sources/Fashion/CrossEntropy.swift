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
    gradient = predictions
    gradient.withUnsafeMutableBufferPointer { scores in
      for (index, label) in labels.enumerated() {
        let row = unsafe UnsafeMutableBufferPointer(rebasing: scores[index * classes..<(index + 1) * classes])
        let label = Int(label)
        let best = row.indices.max { unsafe row[$0] < row[$1] }!
        if best == label { correct += 1 }
        // Softmax, shifted by the largest score so that nothing overflows.
        let largest = unsafe row[best]
        let trueScore = unsafe row[label] - largest
        var sum: Float = 0
        for index in row.indices {
          unsafe row[index] = expf(row[index] - largest)
          unsafe sum += row[index]
        }
        loss += Double(logf(sum) - trueScore)
        let scale = 1 / (sum * Float(labels.count))
        for index in row.indices { unsafe row[index] *= scale }
        unsafe row[label] -= 1 / Float(labels.count)
      }
    }
  }
}
