import Convolution
import ConvolutionLayers
import Foundation
import Testing

/// The cases of `Fixtures/layers.json`: what PyTorch's layers print, hold and compute.
struct GoldenLayers: Decodable {
  var cases: [GoldenLayer]

  static let all: [GoldenLayer] = {
    let url = Bundle.module.url(forResource: "layers", withExtension: "json", subdirectory: "Fixtures")!
    return try! JSONDecoder().decode(GoldenLayers.self, from: Data(contentsOf: url)).cases
  }()
}

struct GoldenLayer: Decodable, Sendable, CustomTestStringConvertible {
  struct Step: Decodable, Sendable {
    var input: GoldenTensor
    var output, outputGradient, inputGradient: GoldenTensor?
  }

  var layer, description: String
  var arguments: [String: Argument]
  var training: Bool?
  var state, gradients, stateAfter: [String: GoldenTensor]?
  var steps: [Step]
  var labels: [Int]?
  var value: Double?

  var testDescription: String { "\(description) \(steps.first?.input.shape ?? []) \(arguments)" }
}

/// A tensor in base64: inputs in single precision, results in double.
struct GoldenTensor: Decodable, Sendable {
  let shape: [Int]
  /// The scalars, in double precision.
  let doubles: [Double]

  private enum Key: CodingKey {
    case shape, data
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    shape = try container.decode([Int].self, forKey: .shape)
    let count = shape.reduce(1, *)
    // Not kept as `Data`, which hides its memory from LeakSanitizer.
    doubles = unsafe try container.decode(Data.self, forKey: .data).withUnsafeBytes { bytes in
      if bytes.count == 4 * count {
        (0..<count).map { unsafe Double(bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)) }
      } else {
        (0..<count).map { unsafe bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
      }
    }
  }

  func tensor<Scalar>(as type: Scalar.Type) throws -> Tensor<Scalar> {
    try Tensor(shape: shape, scalars: doubles.map { Scalar($0) })
  }
}

/// An argument of a PyTorch layer.
enum Argument: Decodable, Sendable {
  case none
  case flag(Bool)
  case number(Double)
  case numbers([Double])
  case text(String)

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .none
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let numbers = try? container.decode([Double].self) {
      self = .numbers(numbers)
    } else {
      self = .text(try container.decode(String.self))
    }
  }
}

/// The arguments of one layer, taken by name.
struct Arguments {
  var values: [String: Argument]

  func flag(_ name: String, _ initial: Bool) -> Bool {
    if case .flag(let flag)? = values[name] { flag } else { initial }
  }
  func optionalFlag(_ name: String) -> Bool? { if case .flag(let flag)? = values[name] { flag } else { nil } }
  func double(_ name: String) -> Double? { if case .number(let number)? = values[name] { number } else { nil } }
  func int(_ name: String) -> Int? { double(name).map { Int($0) } }
  func text(_ name: String) -> String? { if case .text(let text)? = values[name] { text } else { nil } }
  func numbers(_ name: String) -> [Double]? { if case .numbers(let numbers)? = values[name] { numbers } else { nil } }
  func size(_ name: String) -> Size2d? {
    int(name).map { Size2d($0) } ?? numbers(name).map { Size2d(Int($0[0]), Int($0[1])) }
  }
}
