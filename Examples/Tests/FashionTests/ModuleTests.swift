import Convolution
import Glibc
import Testing

@testable import fashion

@Suite struct ModuleTests {
  @Test func rectifies() throws {
    var relu = ReLU()
    let input = try Tensor<Float>(shape: [4], scalars: [-1, 0, 2, .infinity])
    #expect(relu.forward(input).scalars == [0, 0, 2, .infinity])
    let gradient = try Tensor<Float>(shape: [4], scalars: [5, 6, 7, 8])
    #expect(try relu.backward(gradient, at: input, for: .all)?.scalars == [0, 0, 7, 8])
    #expect(try relu.backward(gradient, at: input, for: .weight) == nil)
    #expect(throws: ConvolutionError.self) { try relu.backward(Tensor(zeros: [3]), at: input, for: .all) }
  }

  /// Two planes of 2x4: the largest pixel stands at each of the four places, and two are equal.
  @Test(arguments: 1...3) func poolsTheLargest(threads: Int) throws {
    var pooling = MaxPooling(threads: threads)
    let input = try Tensor<Float>(shape: [1, 2, 2, 4], scalars: [9, 1, -4, -2, 3, 4, -3, -3, 1, 2, 5, 5, 8, 3, 5, 6])
    #expect(try pooling.forward(input) == Tensor(shape: [1, 2, 1, 2], scalars: [9, -2, 8, 6]))
    let gradient = try Tensor<Float>(shape: [1, 2, 1, 2], scalars: [10, 20, 30, 40])
    let expected: [Float] = [10, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 30, 0, 0, 40]
    #expect(try pooling.backward(gradient, at: input, for: .input)?.scalars == expected)
    let ties = try Tensor<Float>(repeating: 1, shape: [1, 1, 2, 2])
    let one = try Tensor<Float>(repeating: 1, shape: [1, 1, 1, 1])
    #expect(try pooling.backward(one, at: ties, for: .input)?.scalars == [1, 0, 0, 0])
    #expect(throws: ConvolutionError.self) { try pooling.forward(Tensor(zeros: [1, 1, 3, 4])) }
  }

  /// `y = W x + b` for two samples, and the three gradients, by hand.
  @Test func multipliesByTheWeight() throws {
    var generator = SeededGenerator(seed: 1)
    var linear = try Linear(inputs: 3, outputs: 2, device: .cpu, using: &generator)
    #expect(linear.description == "Linear(in_features=3, out_features=2, bias=True)")
    try linear.load([
      "weight": Tensor(shape: [2, 3, 1, 1], scalars: [1, 2, 3, 4, 5, 6]),
      "bias": Tensor(shape: [2], scalars: [10, 20]),
    ])
    let input = try Tensor<Float>(shape: [2, 3], scalars: [1, 0, 2, 0, 1, -1])
    #expect(try linear(input) == Tensor(shape: [2, 2], scalars: [17, 36, 9, 19]))
    let gradient = try Tensor<Float>(shape: [2, 2], scalars: [1, 2, 3, 0])
    let inputGradient = try linear.backward(gradient, at: input, for: .all)
    #expect(try inputGradient == Tensor(shape: [2, 3], scalars: [9, 12, 15, 3, 6, 9]))
    var gradients: [String: [Float]] = [:]
    linear.forEachParameter { name, parameter in gradients[name] = parameter.gradient?.scalars }
    #expect(gradients == ["weight": [1, 3, -1, 2, 0, 4], "bias": [4, 2]])
    #expect(throws: ConvolutionError.self) { try linear(Tensor(zeros: [3])) }
  }

  @Test func flattensImages() throws {
    var flatten = Flatten()
    let input = try Tensor<Float>(shape: [2, 1, 2, 2], scalars: (0..<8).map { Float($0) })
    let rows = try flatten.forward(input)
    #expect(rows.shape == [2, 4])
    #expect(try flatten.backward(rows, at: input, for: .input) == input)
  }

  @Test func measuresCrossEntropy() throws {
    let scores: [[Double]] = [[1, 2, 0.5], [-3, 4, 4.5]]
    let entropy = CrossEntropy(try tensor(scores), labels: [1, 1])
    #expect(abs(entropy.loss - loss(scores)) < 1e-5)
    #expect(entropy.correct == 1)
    for (index, gradient) in entropy.gradient.scalars.enumerated() {
      func moved(by offset: Double) -> Double {
        var moved = scores
        moved[index / 3][index % 3] += offset
        return loss(moved) / 2
      }
      #expect(abs(Double(gradient) - (moved(by: 1e-5) - moved(by: -1e-5)) / 2e-5) < 1e-6)
    }
    let extreme = CrossEntropy(try tensor([[3e38, -3e38, 0]]), labels: [0])
    #expect(extreme.loss == 0)
    #expect(extreme.gradient.scalars == [0, 0, 0])
  }

  private func tensor(_ rows: [[Double]]) throws -> Tensor<Float> {
    try Tensor(shape: [rows.count, 3], scalars: rows.joined().map { Float($0) })
  }

  /// The formula in Double, for class 1 of each row.
  private func loss(_ rows: [[Double]]) -> Double {
    rows.reduce(0) { sum, row in sum - log(exp(row[1]) / row.reduce(0) { $0 + exp($1) }) }
  }
}
