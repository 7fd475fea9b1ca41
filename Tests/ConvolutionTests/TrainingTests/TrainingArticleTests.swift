import Convolution
import Foundation
import TestSupport
import Testing

/// Runs the programs of the article "Training", which stand here word for word.
@Suite struct TrainingArticleTests {
  @Test func computesWhatIsAskedFor() throws {
    let layer = try Conv2d<Float>(
      inputChannels: 3, outputChannels: 8, kernelSize: 3, padding: .same, paddingMode: .reflect)
    let images = try Tensor<Float>(repeating: 0.5, shape: [4, 3, 16, 16])
    let output = try layer(images)
    let gradients = try layer.gradients(of: output, at: images, for: [.weight, .bias])
    print(gradients.weight!.shape)  // [8, 3, 3, 3]
    print(gradients.input as Any)  // nil
    #expect(gradients.bias?.shape == [8])
  }

  @Test func learns() throws {
    // The activation, a module of our own: max(x, 0).
    struct ReLU: Module {
      func forward(_ input: Tensor<Float>) throws -> Tensor<Float> {
        try Tensor(shape: input.shape, scalars: input.scalars.map { max($0, 0) })
      }

      mutating func backward(
        _ outputGradient: Tensor<Float>, at input: Tensor<Float>, for targets: GradientTargets
      ) throws -> Tensor<Float>? {
        let scalars = zip(outputGradient.scalars, input.scalars).map { $1 > 0 ? $0 : 0 }
        return try Tensor(shape: input.shape, scalars: scalars)
      }
    }

    // Random numbers that are the same in every run.
    struct Generator: RandomNumberGenerator {
      var state: UInt64 = 1

      mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ (state >> 29)) &* 0xBF58_476D_1CE4_E5B9
      }
    }

    var generator = Generator()
    var network = try Sequential<Float>([
      Conv2d<Float>(inputChannels: 1, outputChannels: 8, kernelSize: 3, using: &generator),
      ReLU(),
      Conv2d<Float>(inputChannels: 8, outputChannels: 1, kernelSize: 1, using: &generator),
    ])
    var optimizer = try SGD<Float>(learningRate: 0.1, momentum: 0.9)

    // What is to be learned: the absolute value of this filter's output.
    let filter = try Tensor<Float>(shape: [1, 1, 3, 3], scalars: [-1, 0, 1, -2, 0, 2, -1, 0, 1])
    var losses: [Float] = []

    for _ in 0..<200 {
      let pixels = (0..<1024).map { _ in Float.random(in: 0...1, using: &generator) }
      let images = try Tensor<Float>(shape: [4, 1, 16, 16], scalars: pixels)
      let expected = try conv2d(images, weight: filter).scalars.map { abs($0) }

      // Forward, keeping what each module received; then the mean squared error and its gradient.
      let activations = try network.activations(at: images)
      let output = activations[activations.count - 1]
      let errors = zip(output.scalars, expected).map { $0 - $1 }
      let count = Float(errors.count)
      losses.append(errors.reduce(0) { $0 + $1 * $1 } / count)
      let outputGradient = try Tensor(shape: output.shape, scalars: errors.map { 2 * $0 / count })

      // Backward, one step, then clear the gradients.
      try network.backward(outputGradient, through: activations, for: [.weight, .bias])
      try optimizer.step(&network)
      network.clearGradients()
    }
    print("loss \(losses[0]), then \(losses[losses.count - 1])")
    #expect(losses[losses.count - 1] < losses[0] / 2)
  }

  @Test func composes() throws {
    struct Network: Module {
      var features: Sequential<Float>
      var head: Conv2d<Float>

      func forward(_ input: Tensor<Float>) throws -> Tensor<Float> {
        try head(features(input))
      }

      mutating func backward(
        _ outputGradient: Tensor<Float>, at input: Tensor<Float>, for targets: GradientTargets
      ) throws -> Tensor<Float>? {
        let between = try features(input)
        // On copies, so that an error leaves no gradients half added.
        var (trainedFeatures, trainedHead) = (features, head)
        guard let gradient = try trainedHead.backward(outputGradient, at: between, for: targets.union(.input)) else {
          return nil
        }
        let inputGradient = try trainedFeatures.backward(gradient, at: input, for: targets)
        (features, head) = (trainedFeatures, trainedHead)
        return inputGradient
      }

      mutating func forEachParameter<E: Error>(
        _ body: (String, inout Parameter<Float>) throws(E) -> Void
      ) throws(E) {
        try features.forEachParameter(under: "features", body)
        try head.forEachParameter(under: "head", body)
      }
    }

    var network = try Network(
      features: Sequential([Conv2d<Float>(inputChannels: 1, outputChannels: 2, kernelSize: 3)]),
      head: Conv2d(inputChannels: 2, outputChannels: 3, kernelSize: 1))
    #expect(
      Set(network.stateDictionary.keys) == ["features.0.weight", "features.0.bias", "head.weight", "head.bias"])
    let input = try Tensor<Float>(repeating: 1, shape: [1, 4, 4])
    #expect(try network.backward(network(input), at: input, for: .all)?.shape == input.shape)
    network.forEachParameter { name, parameter in #expect(parameter.gradient != nil, "\(name)") }
  }

  @Test func goesOn() throws {
    func makeNetwork() throws -> Sequential<Float> {
      try Sequential<Float>([Conv2d<Float>(inputChannels: 1, outputChannels: 2, kernelSize: 3)])
    }

    var network = try makeNetwork()
    var optimizer = try SGD<Float>(learningRate: 0.1, momentum: 0.9)
    try optimizer.step(&network)
    let (weights, state) = (network.stateDictionary, optimizer.stateDictionary)

    var resumed = try makeNetwork()
    var resumedOptimizer = try SGD<Float>(learningRate: 0.1, momentum: 0.9)
    try resumed.load(weights)
    try resumedOptimizer.load(state)
    #expect(resumed.stateDictionary == weights && resumedOptimizer.stateDictionary == state)
  }

  /// Every code block of the article is found in this file, but for its imports and the indentation.
  @Test func standsInTheArticle() throws {
    let tests = URL(filePath: #filePath)
    let package = (0..<4).reduce(tests) { url, _ in url.deletingLastPathComponent() }
    let article = try String(
      contentsOf: package.appending(path: "Sources/Convolution/Convolution.docc/Training.md"), encoding: .utf8)
    let program = Self.lines(try String(contentsOf: tests, encoding: .utf8))
    let blocks = article.components(separatedBy: "```swift\n").dropFirst()
    #expect(blocks.count == 4)
    for block in blocks {
      let lines = Self.lines(block.components(separatedBy: "```")[0])
      #expect(program.contains(lines), "not in this file:\n\(lines.joined(separator: "\n"))")
    }
  }

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("import ") }
  }
}
