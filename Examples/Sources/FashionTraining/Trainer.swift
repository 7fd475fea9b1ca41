package import Convolution
import ConvolutionLayers

/// Trains a small convolutional network to tell the classes of Fashion-MNIST apart.
///
/// The same seed gives the same network, bit for bit, whatever the number of threads.
package struct Trainer {
  /// How an epoch went, or an evaluation: means over its images.
  package struct Score {
    package var loss: Double
    package var accuracy: Double
  }

  package private(set) var network: Sequential<Float>
  private let entropy = CrossEntropyLoss<Float>()
  private var optimizer: SGD<Float>
  private var generator: SeededGenerator
  private let learningRate: Float
  private let batchSize: Int

  package init(seed: UInt64, threads: Int, batchSize: Int, learningRate: Float) throws {
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
  /// Of each batch every replica sees its part; all take the same step.
  ///
  /// - Parameters:
  ///   - epoch: Counted from 0; the learning rate falls linearly, from its full value to 0 at the end of the last epoch.
  ///   - progress: Called after each batch with the number of images seen and the mean loss of this epoch so far.
  package mutating func train(
    on images: DataSet, epoch: Int, of epochs: Int, replicas: some Replicas = OneReplica(),
    progress: (_ done: Int, _ loss: Double) -> Void
  ) throws -> Score {
    let order = (0..<images.count).shuffled(using: &generator)
    var loss = 0.0
    var correct = 0.0
    for start in stride(from: 0, to: order.count, by: batchSize) {
      let batch = start..<min(start + batchSize, order.count)
      let part = order[replicas.part(of: batch)]
      let elapsed = Float(epoch * order.count + start) / Float(epochs * order.count)
      optimizer.learningRate = learningRate * (1 - elapsed)
      var (batchLoss, batchCorrect) = (0.0, 0.0)
      if !part.isEmpty {
        let labels = images.labels(at: part)
        let trace = try network.trace(at: images.images(at: part))
        let (value, gradient) = try entropy.valueWithGradient(of: trace.output, labels: labels)
        try network.backward(gradient, through: trace, for: [.weight, .bias])
        batchLoss = value * Double(part.count)
        batchCorrect = Double(Self.correct(trace.output, labels))
      }
      if replicas.count > 1 {
        // The loss is a mean over the batch, and each replica has the mean over its part.
        let totals = try sumGradients(
          times: Float(part.count) / Float(batch.count), and: [Float(batchLoss), Float(batchCorrect)], over: replicas)
        (batchLoss, batchCorrect) = (Double(totals[0]), Double(totals[1]))
      }
      try optimizer.step(&network)
      network.clearGradients()
      loss += batchLoss
      correct += batchCorrect
      progress(batch.endIndex, loss / Double(batch.endIndex))
    }
    return Score(loss: loss / Double(order.count), accuracy: correct / Double(order.count))
  }

  /// Sums the gradients over replicas, in one exchange.
  ///
  /// - Returns: The sums of `others`, which go along.
  private mutating func sumGradients(
    times factor: Float, and others: [Float], over replicas: some Replicas
  ) throws(ConvolutionError) -> [Float] {
    var values = others
    network.forEachParameter { _, parameter in
      if let gradient = parameter.gradient {
        values += gradient.scalars.map { factor * $0 }
      } else {
        values += [Float](repeating: 0, count: parameter.value.count)
      }
    }
    replicas.sum(&values)
    var start = others.count
    try network.forEachParameter { (_, parameter) throws(ConvolutionError) in
      let end = start + parameter.value.count
      parameter.gradient = try Tensor(shape: parameter.value.shape, scalars: values[start..<end])
      start = end
    }
    return Array(values[..<others.count])
  }

  /// A number that depends on every bit of the weights: the hash FNV-1a of Fowler, Noll and Vo, taken word by word.
  package var digest: UInt64 {
    var network = network
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    network.forEachParameter { _, parameter in
      for scalar in parameter.value.scalars {
        digest = (digest ^ UInt64(scalar.bitPattern)) &* 0x100_0000_01B3
      }
    }
    return digest
  }

  /// Scores the network on images it has not learned from; each replica on its part.
  package func evaluate(on images: DataSet, replicas: some Replicas = OneReplica()) throws -> Score {
    var loss = 0.0
    var correct = 0
    let part = replicas.part(of: 0..<images.count)
    for start in stride(from: part.lowerBound, to: part.upperBound, by: batchSize) {
      let batch = start..<min(start + batchSize, part.upperBound)
      let labels = images.labels(at: batch)
      let scores = try network(images.images(at: batch))
      loss += try entropy(scores, labels: labels) * Double(batch.count)
      correct += Self.correct(scores, labels)
    }
    if replicas.count > 1 {
      var totals = [Float(loss), Float(correct)]
      replicas.sum(&totals)
      (loss, correct) = (Double(totals[0]), Int(totals[1]))
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
