import Convolution
import ConvolutionLayers

/// Trains a small convolutional network to tell the classes of Fashion-MNIST apart.
///
/// The same seed gives the same network, bit for bit, whatever the number of threads.
struct Trainer {
  /// How an epoch went, or an evaluation: means over its images.
  struct Score {
    var loss: Double
    var accuracy: Double
  }

  private(set) var network: Sequential<Float>
  private let entropy = CrossEntropyLoss<Float>()
  private var optimizer: SGD<Float>
  private var generator: SeededGenerator
  private let learningRate: Float
  private let batchSize: Int

  init(seed: UInt64, threads: Int, batchSize: Int, learningRate: Float) throws {
    generator = SeededGenerator(seed: seed)
    network = try Self.makeNetwork(threads: threads, using: &generator)
    optimizer = try SGD(learningRate: learningRate, momentum: 0.9, weightDecay: 5e-4)
    self.learningRate = learningRate
    self.batchSize = batchSize
  }

  /// Two convolutions, each halved by pooling, and two fully connected layers.
  ///
  /// The rectifier comes after the pooling: the result is the same, for the larger of two rectified numbers is the larger
  /// one rectified, and it has a quarter of the work.
  private static func makeNetwork(
    threads: Int, using generator: inout SeededGenerator
  ) throws -> Sequential<Float> {
    let device = try Device.cpu(threads: threads)
    return try Sequential(named: [
      "conv1": Conv2d<Float>(
        inputChannels: 1, outputChannels: 16, kernelSize: 3, padding: 1, device: device, using: &generator),
      "pool1": MaxPool2d<Float>(kernelSize: 2, device: device),
      "relu1": ReLU<Float>(device: device),
      "conv2": Conv2d<Float>(
        inputChannels: 16, outputChannels: 32, kernelSize: 3, padding: 1, device: device, using: &generator),
      "pool2": MaxPool2d<Float>(kernelSize: 2, device: device),
      "relu2": ReLU<Float>(device: device),
      "flatten": Flatten<Float>(),
      "fc1": Linear<Float>(inputFeatures: 32 * 7 * 7, outputFeatures: 128, device: device, using: &generator),
      "relu3": ReLU<Float>(device: device),
      "fc2": Linear<Float>(inputFeatures: 128, outputFeatures: DataSet.classes, device: device, using: &generator),
    ])
  }

  /// Shows the network every image once, in an order of its own, and takes a step after each batch.
  ///
  /// - Parameters:
  ///   - epoch: Counted from 0; the learning rate falls linearly, from its full value to 0 at the end of the last epoch.
  ///   - progress: Called after each batch with the number of images seen and the mean loss of this epoch so far.
  mutating func train(
    on images: DataSet, epoch: Int, of epochs: Int, progress: (_ done: Int, _ loss: Double) -> Void
  ) throws -> Score {
    let order = (0..<images.count).shuffled(using: &generator)
    var loss = 0.0
    var correct = 0
    for start in stride(from: 0, to: order.count, by: batchSize) {
      let batch = order[start..<min(start + batchSize, order.count)]
      let elapsed = Float(epoch * order.count + start) / Float(epochs * order.count)
      optimizer.learningRate = learningRate * (1 - elapsed)
      let labels = images.labels(at: batch)
      let trace = try network.trace(at: images.images(at: batch))
      let (value, gradient) = try entropy.valueWithGradient(of: trace.output, labels: labels)
      try network.backward(gradient, through: trace, for: [.weight, .bias])
      try optimizer.step(&network)
      network.clearGradients()
      loss += value * Double(batch.count)
      correct += Self.correct(trace.output, labels)
      progress(batch.endIndex, loss / Double(batch.endIndex))
    }
    return Score(loss: loss / Double(order.count), accuracy: Double(correct) / Double(order.count))
  }

  /// Scores the network on images it has not learned from.
  func evaluate(on images: DataSet) throws -> Score {
    var loss = 0.0
    var correct = 0
    for start in stride(from: 0, to: images.count, by: batchSize) {
      let batch = start..<min(start + batchSize, images.count)
      let labels = images.labels(at: batch)
      let scores = try network(images.images(at: batch))
      loss += try entropy(scores, labels: labels) * Double(batch.count)
      correct += Self.correct(scores, labels)
    }
    return Score(loss: loss / Double(images.count), accuracy: Double(correct) / Double(images.count))
  }

  /// How many images score highest for their true class.
  private static func correct(_ scores: Tensor<Float>, _ labels: [Int]) -> Int {
    let scalars = scores.scalars
    return labels.enumerated().count { index, label in
      let row = scalars[index * DataSet.classes..<(index + 1) * DataSet.classes]
      return row.startIndex + label == row.indices.max { row[$0] < row[$1] }
    }
  }
}
