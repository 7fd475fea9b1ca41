import Convolution
import Foundation
import Testing

/// One case of `Fixtures/sgd.txt`: what PyTorch's optimiser made of a parameter, step by step.
struct GoldenSteps<Scalar: ConvolutionScalar & LosslessStringConvertible>: Sendable, CustomTestStringConvertible {
  var settings: [Scalar]
  var nesterov: Bool
  var start: [Scalar] = []
  var gradients: [[Scalar]] = []
  var values: [[Scalar]] = []

  func optimizer() throws -> SGD<Scalar> {
    try SGD(
      learningRate: settings[0], momentum: settings[1], dampening: settings[2], weightDecay: settings[3],
      nesterov: nesterov)
  }

  var testDescription: String { "settings \(settings), nesterov \(nesterov)" }

  /// The cases of one scalar type.
  static func all(of type: Scalar.Type) -> [GoldenSteps] {
    var start: [Scalar] = []
    var gradients: [[Scalar]] = []
    var cases: [GoldenSteps] = []
    var isWanted = false
    for line in fixture.split(separator: "\n") {
      var words = line.split(separator: " ")
      let kind = words.removeFirst()
      let numbers = words.compactMap { Scalar(String($0)) }
      switch kind {
      case "start": start = numbers
      case "gradient": gradients.append(numbers)
      case "case":
        isWanted = words[0] == "\(Scalar.self)"
        if isWanted {
          cases.append(
            GoldenSteps(settings: numbers, nesterov: words.last == "true", start: start, gradients: gradients))
        }
      default:
        if isWanted { cases[cases.count - 1].values.append(numbers) }
      }
    }
    return cases
  }

  private static var fixture: String { String(decoding: Fixture.data("sgd.txt"), as: UTF8.self) }
}
