import Convolution
import Foundation
import Testing

/// What PyTorch printed and computed, made by `Fixtures/golden.py`.
struct GoldenFixture: Decodable {
  var torch: String
  var cases: [GoldenCase]

  /// Read once for all tests.
  static let shared = Result { try JSONDecoder().decode(GoldenFixture.self, from: Fixture.data("golden.json")) }
}

/// One layer; cases that were only printed have no arrays.
struct GoldenCase: Decodable, Sendable, CustomTestStringConvertible {
  struct Configuration: Decodable, Sendable {
    var inputChannels, outputChannels: Int
    var kernelSize, stride, dilation: [Int]
    var groups: Int
    var hasBias: Bool
    var paddingMode: String
    var paddingName: String?
    /// Top, bottom, left, right.
    var edges: [Int]?
  }

  /// Little-endian scalars: Float for what a layer is given, Double for what PyTorch computed from it.
  struct Array: Decodable, Sendable {
    var shape: [Int]
    /// Not as `Data`, which hides its memory from LeakSanitizer.
    private var bytes: [UInt8]

    private enum CodingKeys: String, CodingKey {
      case shape, data
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      shape = try container.decode([Int].self, forKey: .shape)
      bytes = [UInt8](try container.decode(Data.self, forKey: .data))
    }

    func tensor<Stored: BinaryFloatingPoint, Scalar: ConvolutionScalar>(
      of stored: Stored.Type, as type: Scalar.Type = Scalar.self
    ) throws -> Tensor<Scalar> {
      let scalars = unsafe bytes.withUnsafeBytes { bytes in
        stride(from: 0, to: bytes.count, by: MemoryLayout<Stored>.stride).map {
          Scalar(unsafe bytes.loadUnaligned(fromByteOffset: $0, as: Stored.self))
        }
      }
      return try Tensor(shape: shape, scalars: scalars)
    }
  }

  var configuration: Configuration
  var description: String?
  var input, weight, bias, outputGradient: Array?
  var output, inputGradient, weightGradient, biasGradient: Array?

  var testDescription: String { description ?? "\(configuration)" }
}

extension GoldenCase.Configuration {
  var padding: Padding {
    get throws {
      if let paddingName { return try Padding(paddingName) }
      let edges = edges ?? [0, 0, 0, 0]
      return .explicit(top: edges[0], bottom: edges[1], left: edges[2], right: edges[3])
    }
  }

  /// A layer with random weights.
  func layer<Scalar: ConvolutionScalar>(of type: Scalar.Type) throws -> Conv2d<Scalar> {
    try Conv2d(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: Size2d(kernelSize[0], kernelSize[1]),
      stride: Size2d(stride[0], stride[1]), padding: padding, dilation: Size2d(dilation[0], dilation[1]),
      groups: groups, bias: hasBias, paddingMode: PaddingMode(paddingMode))
  }
}
