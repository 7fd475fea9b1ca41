import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// Even and odd columns in one product are, bit for bit, those of two products that are stored two columns apart.
struct PairedGemmTests {
  @Test(arguments: [ConvolutionSourceInPlace, ConvolutionSourcePackedLanes], [false, true])
  func pairsAreTwoProducts(source: ConvolutionSource, keepsRests: Bool) throws {
    for level in supportedLevels {
      try expectPairs(source, level, keepsRests, of: Float.self)
      try expectPairs(source, level, keepsRests, of: Double.self)
    }
  }

  private func expectPairs<Scalar: ConvolutionScalar>(
    _ source: ConvolutionSource, _ level: ConvolutionInstructionSet, _ keepsRests: Bool, of type: Scalar.Type
  ) throws {
    let kernels = unsafe Scalar.kernels(level).pointee.gemm.pointee
    let (rows, inputs, outputs, lanes) = (5, 10, 9, kernels.tileLanes / 2)
    // Vectors of pixels within the rows of the output, and across their ends.
    for (columns, termsPerPart) in [lanes, 3 * lanes, 2 * lanes + 3].flatMap({ [($0, inputs), ($0, 4)] }) {
      func axis(_ extent: Int) -> ConvolutionAxis {
        AxisGeometry(
          input: extent, output: extent, kernel: 1, stride: 1, dilation: 1, paddingBefore: 0, paddingAfter: 0,
          mode: .zeros
        ).axis
      }
      let plane = rows * 2 * columns
      func random(_ count: Int, seed: UInt64) throws -> GuardedScalars<Scalar> {
        GuardedScalars(try Tensor<Scalar>.random([count], seed: seed).scalars, guarded: .behind)
      }
      let input = try random(inputs * rows * columns, seed: 1)
      let (weight, bias) = try (random(outputs * 2 * inputs, seed: 2), random(outputs, seed: 3))
      let (residual, slopes) = try (random(outputs * plane, seed: 4), random(outputs, seed: 5))

      /// Both columns of each pair, or of the columns from `first` on every other one.
      func multiply(
        isPaired: Bool, first: Int, into output: UnsafeMutablePointer<Scalar>, epilogue: ConvolutionEpilogue
      ) {
        var gemm = ConvolutionGemm(
          source: source, inputChannels: inputs, outputChannels: isPaired ? 2 * outputs : outputs, rows: axis(rows),
          columns: axis(columns), inputRow: columns, inputColumn: 1, outputPlane: plane, outputRow: 2 * columns,
          outputColumn: 2, inputImage: inputs * rows * columns, outputImage: outputs * plane, keepsSums: true,
          termsPerPart: termsPerPart, pieceTerms: 3, pairwisePieces: 4, keepsRests: keepsRests,
          pixelsPerBlock: 2 * kernels.tileLanes,
          columnsPerBlock: columns, stagedLanes: ConvolutionStagedLanesOfRow, isPaired: isPaired,
          filterFormat: ConvolutionFilterFormatScalar)
        var view = unsafe ConvolutionFilterView(
          weights: weight.start + first * inputs, outputStep: 2 * inputs, inputStep: 1, rowStep: 0, columnStep: 0,
          pairStep: inputs)
        let panels = SizeArithmetic.dividingUp(gemm.outputChannels, by: kernels.panel_channels(source))
        let packed = GuardedScalars(
          [Scalar](repeating: .nan, count: unsafe kernels.filter_size(&gemm)), guarded: .behind)
        for panel in 0..<panels { unsafe kernels.pack_filters(&gemm, &view, panel, packed.start) }
        let bytes = unsafe (kernels.workspace_bytes(&gemm, panels) + 63) / 64 * 64
        let memory = GuardedScalars(
          [Scalar](repeating: .nan, count: bytes / MemoryLayout<Scalar>.stride), guarded: .behind)
        var epilogue = unsafe epilogue
        if unsafe epilogue.residual != nil { unsafe epilogue.residual = UnsafeRawPointer(residual.start + first) }
        for pixel in stride(from: 0, to: rows * columns, by: gemm.pixelsPerBlock) {
          var block = ConvolutionGemmBlock(
            firstRow: 0, firstColumn: 0, rows: rows, columns: columns, firstPixel: pixel,
            pixels: min(gemm.pixelsPerBlock, rows * columns - pixel), firstRowTap: 0, rowTaps: 1, firstColumnTap: 0,
            columnTaps: 1, images: 1)
          unsafe kernels.multiply(
            &gemm, &block, &epilogue, input.start, packed.start, output + first, 0, panels, memory.start)
        }
        extendLifetime((packed, memory))
      }

      for activation in GemmKernelTests.activations {
        for isWhole in [false, true] {
          let epilogue = unsafe ConvolutionEpilogue(
            bias: bias.start, residual: isWhole ? UnsafeRawPointer(residual.start) : nil,
            slopes: isWhole ? UnsafeRawPointer(slopes.start) : nil, activation: activation, low: -0.25, high: 0.5)
          func output(_ firsts: [Int], isPaired: Bool) -> [Scalar] {
            let output = GuardedScalars([Scalar](repeating: .nan, count: outputs * plane), guarded: .behind)
            for first in firsts {
              unsafe multiply(isPaired: isPaired, first: first, into: output.start, epilogue: epilogue)
            }
            return output.scalars
          }
          #expect(
            output([0], isPaired: true) == output([0, 1], isPaired: false),
            "\(type), level \(level.rawValue), \(columns) columns, \(termsPerPart) terms, \(activation), \(isWhole)")
        }
      }
      extendLifetime((input, weight, bias, residual, slopes))
    }
  }
}
