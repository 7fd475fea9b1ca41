import Convolution
import ReferenceConvolution
import Testing

/// The actor of the article "Serving", as it stands there.
struct ServingArticleTests {
  private actor Batcher {
    private typealias Request = (image: Tensor<Float>, answer: CheckedContinuation<Tensor<Float>, any Error>)
    private let network: Sequential<Float>
    private let mostImages: Int
    private var waiting: [Request] = []
    private var isRunning = false

    init(_ network: Sequential<Float>, mostImages: Int) {
      self.network = network
      self.mostImages = mostImages
    }

    /// The network's output for one image, `[C, H, W]`; all images are of one shape.
    func answer(_ image: Tensor<Float>) async throws -> Tensor<Float> {
      try await withCheckedThrowingContinuation { answer in
        waiting.append((image, answer))
        guard !isRunning else { return }
        isRunning = true
        Task(executorPreference: ConvolutionExecutor.shared) { await self.run() }
      }
    }

    /// Requests that come while a batch is computed go into the next.
    private func run() async {
      while !waiting.isEmpty {
        let batch = Array(waiting.prefix(mostImages))
        waiting.removeFirst(batch.count)
        do {
          let outputs = try await Self.outputs(of: batch.map(\.image), by: network)
          for (index, request) in batch.enumerated() { request.answer.resume(returning: outputs[image: index]) }
        } catch {
          for request in batch { request.answer.resume(throwing: error) }
        }
      }
      isRunning = false
    }

    /// Not isolated to the actor, which takes requests in the meantime.
    @concurrent
    private static func outputs(
      of images: [Tensor<Float>], by network: Sequential<Float>
    ) async throws -> Tensor<Float> {
      try network(Tensor.concatenating(images.map { try $0.reshaped(to: [1] + $0.shape) }, axis: 0))
    }
  }

  /// Forty requests at a time, in batches of up to seven: each gets what its image gives alone.
  @Test func aBatchChangesNobodysBits() async throws {
    var generator = SplitMix64(seed: 77)
    let network = try Sequential<Float>([
      Conv2d<Float>(inputChannels: 3, outputChannels: 16, kernelSize: 3, padding: 1, using: &generator),
      Conv2d<Float>(inputChannels: 16, outputChannels: 32, kernelSize: 3, padding: 1, using: &generator),
      Conv2d<Float>(inputChannels: 32, outputChannels: 8, kernelSize: 1, using: &generator),
    ])
    let images: [Tensor<Float>] = try (0..<40).map { _ in
      try RandomScalars.uniform.tensor([3, 14, 14], using: &generator)
    }
    let batcher = Batcher(network, mostImages: 7)
    let answers = try await withThrowingTaskGroup(of: (Int, Tensor<Float>).self) { group in
      for (index, image) in images.enumerated() { group.addTask { (index, try await batcher.answer(image)) } }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    for (index, image) in images.enumerated() {
      #expect(try sameBits(#require(answers[index]), network(image)), "image \(index)")
    }
  }

  /// A shape that fits nobody is an error of those who share its batch, and the next request is answered.
  @Test func aFailedBatchIsAnsweredByItsError() async throws {
    let network = Sequential<Float>([try Conv2d<Float>(inputChannels: 3, outputChannels: 4, kernelSize: 3)])
    let batcher = Batcher(network, mostImages: 2)
    let wrong = try Tensor<Float>(zeros: [2, 8, 8])
    await #expect(throws: ConvolutionError.self) { try await batcher.answer(wrong) }
    let answer = try await batcher.answer(Tensor(zeros: [3, 8, 8]))
    #expect(answer.shape == [4, 6, 6])
  }
}
