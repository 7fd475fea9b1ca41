import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// Transposed convolutions of 4x4 filters with stride 2, whose phases are summed by tiles of Winograd's.
@Suite struct TransposedTileTests {
  /// The layers of a DCGAN that have tiles enough, and none under `strict`, in Double, of few channels or on small maps.
  @Test func whichLayersHaveTiles() throws {
    func algorithm<Scalar: ConvolutionScalar>(
      _ channels: (Int, Int), _ side: Int, _ precision: Precision = .standard, kernel: Int = 4, stride: Int = 2,
      dilation: Int = 1, in type: Scalar.Type = Float.self
    ) throws -> String {
      let layer = try ConvTranspose2d<Scalar>(
        inputChannels: channels.0, outputChannels: channels.1, kernelSize: kernel, stride: stride, padding: 1,
        dilation: dilation, precision: precision)
      return try layer.cost(for: [channels.0, side, side]).algorithm
    }
    #expect(try algorithm((256, 128), 8) == "Winograd F(3×3)")
    #expect(try algorithm((128, 64), 16) == "Winograd F(3×3)")
    #expect(try algorithm((32, 16), 16) == "Winograd F(3×3)")
    #expect(try algorithm((128, 64), 16, .strict) == "implicit GEMM")
    #expect(try algorithm((128, 64), 16, in: Double.self) == "implicit GEMM")
    #expect(try algorithm((31, 16), 16) == "implicit GEMM")
    #expect(try algorithm((64, 15), 16) == "implicit GEMM")
    #expect(try algorithm((512, 256), 4) == "implicit GEMM")
    #expect(try algorithm((64, 64), 16, dilation: 2) == "implicit GEMM")
    #expect(try algorithm((64, 64), 16, kernel: 4, stride: 3) == "implicit GEMM")
  }

  /// A large value in the corner of every channel of ones: outputs that do not read it are exact.
  @Test(arguments: [9.96921e36, 1e20, 1e6] as [Float], [0, 1, 2, 3])
  func aFillValueStaysWhereItIsRead(_ value: Float, padding: Int) throws {
    let layer = try ConvTranspose2d<Float>(
      weight: Tensor(repeating: 1, shape: [32, 16, 4, 4]), stride: 2, padding: Size2d(padding, 1))
    var input = try Tensor<Float>(repeating: 1, shape: [32, 9, 10])
    for channel in 0..<32 { input[channel, 0, 0] = value }
    #expect(try layer.cost(for: input.shape).algorithm == "Winograd F(3×3)")
    let output = try layer(input)
    // The corner reaches four rows and columns, without those that are cropped; the others inside read four pixels.
    for channel in 0..<16 {
      for row in 2..<output.shape[1] - 2 {
        for column in 2..<output.shape[2] - 2 where row + padding >= 4 || column + 1 >= 4 {
          #expect(output[channel, row, column] == 128)
        }
      }
    }
  }

  /// An output that reads zeros alone is its bias, whatever stands beside it.
  @Test func outputsThatReadZerosAreTheBias() throws {
    let layer = try ConvTranspose2d<Float>(
      weight: .random([64, 20, 4, 4], seed: 1), bias: Tensor(repeating: 0.3, shape: [20]), stride: 2, padding: 1)
    let row = (0..<13).map { Float($0 <= 5 ? 1 : 0) }
    let input = try Tensor<Float>(shape: [64, 11, 13], scalars: (0..<64 * 11).flatMap { _ in row })
    #expect(try layer.cost(for: input.shape).algorithm == "Winograd F(3×3)")
    // Input 5 reaches outputs 9 to 12.
    for (index, value) in try layer(input).scalars.enumerated() where index % 26 > 12 { #expect(value == 0.3) }
  }

  /// One phase of an output channel is masked: the channel is summed by the definition, the others stay with their tiles.
  @Test(arguments: supportedLevels, [false, true])
  func aMaskedPhaseIsSummedByTheDefinition(level: ConvolutionInstructionSet, inputsOutside: Bool) throws {
    let plain = try Tensor<Float>.random([24, 32, 4, 4], seed: 6)
    func direct(_ factor: (_ output: Int, _ tap: Int) -> Float) -> [Int] {
      WeighedFilters(
        ConvolutionWinogradSchemeTransposed3x3, level, inputs: 32, outputs: 24, inputsOutside: inputsOutside, taps: 16
      ) { plain[$0, $1, $2 / 4, $2 % 4] * factor($0, $2) }.direct
    }
    #expect(direct { _, _ in 1 } == [])
    for tap in 0..<16 { #expect(direct { $0 == 7 && $1 == tap ? 0 : 1 } == [7]) }
    // All taps of a phase are small, but alike.
    #expect(direct { $0 == 7 && [0, 2, 8, 10].contains($1) ? 1e-3 : 1 } == [])
  }

  /// Values of a magnitude of their own, channels and filters too: every output within its limit.
  @Test(arguments: 0..<24)
  func magnitudes(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let configuration = ConvolutionCase {
      ($0.kernelSize, $0.stride, $0.padding, $0.inputChannels, $0.outputChannels) = (
        4, 2, 1, 18, 34 + 6 * Int(seed % 3)
      )
      ($0.height, $0.width) = (16 + Int(seed), 21)
    }
    let check = try MagnitudeCheck<Float>(configuration, using: &generator)
    #expect(check.failures == [])
  }
}
