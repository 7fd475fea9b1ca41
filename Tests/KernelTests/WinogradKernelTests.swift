import CConvolutionKernels
import ReferenceConvolution
import TestSupport
import Testing

@testable import Convolution

/// Winograd's kernels, called without a plan, at every level that this processor has, beside protected pages: the transforms
/// of whole blocks, the products, and the sums of the weight's gradient.
@Suite struct WinogradKernelTests {
  /// Channels below and above a vector and a panel, maps with every remainder of tiles.
  struct Sizes: Sendable {
    var inputs, outputs, height, width: Int
  }

  static let sizes = [
    Sizes(inputs: 3, outputs: 5, height: 5, width: 9), Sizes(inputs: 35, outputs: 37, height: 8, width: 7),
    Sizes(inputs: 16, outputs: 16, height: 1, width: 18),
  ]

  @Test(arguments: supportedLevels, [WinogradTile.two, .three, .four])
  func forward(level: ConvolutionInstructionSet, tile: WinogradTile) throws {
    try forEachCall(tile, level) { call, name in
      call.transformFilters()
      call.transformInput()
      let naive = NaiveConvolution(call.layer)
      let (input, weight, bias) = (
        try call.input.tensor(call.inputShape), call.layer.weight.value, call.layer.bias!.value
      )
      let sums = try naive.forward(input.inDouble(), weight: weight.inDouble(), bias: bias.inDouble())
      let magnitudes = try naive.forward(input.magnitudes(), weight: weight.magnitudes(), bias: bias.magnitudes())
      let bound = NormalizedError.winogradBound(terms: weight.shape[1...].reduce(1, *))
      call.multiply()
      let output = try call.output.tensor(call.outputShape)
      #expect(NormalizedError(of: output, reference: sums, magnitude: magnitudes).value <= bound, "\(name)")

      call.multiply(limits: -0.5...0.25)
      let residual = try call.residual.tensor(call.outputShape)
      let limited = try Tensor<Double>(
        shape: call.outputShape,
        scalars: zip(sums.scalars, residual.scalars).map { min(max($0 + Double($1), -0.5), 0.25) })
      let finished = try call.output.tensor(call.outputShape)
      #expect(NormalizedError(of: finished, reference: limited, magnitude: magnitudes).value <= bound, "\(name)")
    }
  }

  /// Filters that are transformed while they are read: the bits of transformed ones, and of the definition, where an input is
  /// not finite.
  @Test(arguments: supportedLevels, [WeightFormat.float16, .bfloat16])
  func packedFilters(level: ConvolutionInstructionSet, format: WeightFormat) throws {
    for tile in [WinogradTile.two, .three, .four] {
      try forEachCall(tile, level) { call, name in
        var call = call
        let rounded = try call.layer.weight.value.rounded(to: format).scalars
        for index in rounded.indices { unsafe call.weight.start[index] = rounded[index] }
        unsafe call.input.start[3] = .infinity
        call.transformFilters()
        call.transformInput()
        call.multiply()
        let expected = call.output.scalars
        for index in 0..<call.output.count { unsafe call.output.start[index] = 0 }
        try call.packFilters(as: format)
        call.multiply()
        #expect(
          zip(call.output.scalars, expected).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN },
          "\(tile), \(name)")
      }
    }
  }

  @Test(arguments: supportedLevels, [WinogradTile.two, .three, .four])
  func weightGradient(level: ConvolutionInstructionSet, tile: WinogradTile) throws {
    try forEachCall(tile, level) { call, name in
      call.transformInput(measures: true)
      call.transformOutputGradient()
      call.sumFilterGradient()
      call.transformFilterGradient()
      let naive = NaiveConvolution(call.layer)
      let (input, gradient) = (
        try call.input.tensor(call.inputShape), try call.outputGradient.tensor(call.outputShape)
      )
      let weight = call.layer.weight.value
      let expected = try naive.gradients(
        of: gradient.inDouble(), at: input.inDouble(), weight: weight.inDouble()
      ).weight!
      let magnitudes = try naive.gradients(
        of: gradient.magnitudes(), at: input.magnitudes(), weight: weight.magnitudes()
      ).weight!
      let actual = try call.gradientOfWeight.tensor(weight.shape)
      let terms = call.outputShape[0] * call.outputShape[2] * call.outputShape[3]
      let error = NormalizedError(of: actual, reference: expected, magnitude: magnitudes)
      #expect(error.value <= NormalizedError.winogradBound(terms: terms), "\(name)")
    }
  }

  /// Random values stand everywhere; where every other channel has its own half of a map, some products have none.
  @Test(arguments: supportedLevels, [WinogradTile.two, .four])
  func channelsOverlap(level: ConvolutionInstructionSet, tile: WinogradTile) throws {
    for (kernel, stride) in [(3, 1), (3, 2), (5, 1)] where kernel == 3 || tile == .four {
      for isHalved in [false, true] {
        let call = try WinogradCall(
          tile, kernel: kernel, stride: stride, inputs: 20, outputs: 18, height: kernel * stride == 3 ? 16 : 128,
          width: 32, batch: 2, level)
        if isHalved {
          func zero(_ scalars: GuardedScalars<Float>, width: Int, in half: Range<Int>) {
            for index in 0..<scalars.count where half.contains(index % width) { unsafe scalars.start[index] = 0 }
          }
          zero(call.input, width: 32, in: 0..<20)
          zero(call.outputGradient, width: 32 / stride, in: 8 / stride..<32 / stride)
        }
        call.transformInput(measures: true)
        call.transformOutputGradient()
        #expect(call.channelsOverlap() == !isHalved, "kernel \(kernel), stride \(stride)")
      }
    }
  }

  /// Rows of values between rows of zeros, so that products have to be counted: every tap has its own, or those behind the
  /// second row of taps have none.
  @Test(arguments: supportedLevels) func everyTapIsCounted(level: ConvolutionInstructionSet) throws {
    for rows in [2...6, 2...3] {
      let call = try WinogradCall(
        .four, kernel: 5, stride: 1, inputs: 20, outputs: 18, height: 64, width: 32, batch: 2, level)
      func fill(_ scalars: GuardedScalars<Float>, rows: ClosedRange<Int>) {
        for index in 0..<scalars.count { unsafe scalars.start[index] = rows.contains(index / 32 % 8) ? 1 : 0 }
      }
      fill(call.input, rows: rows)
      fill(call.outputGradient, rows: 4...4)
      call.transformInput(measures: true)
      call.transformOutputGradient()
      #expect(call.channelsOverlap() == (rows.count == 5), "\(rows)")
    }
  }

  /// Values at one place of many tiles, all alike, whose products belong to another tap than those of the last image, one for
  /// each tap: their roundings add up. Where tiles are taken all the same, the gradient keeps its limit beside each tap's own
  /// product.
  @Test(arguments: supportedLevels, Self.valuesOfManyTiles)
  func roundingOfOtherTaps(level: ConvolutionInstructionSet, values: ValuesOfManyTiles) throws {
    let (side, images, kernel) = (32, 16, values.kernel)
    // Two tiles apart, where a sample belongs to two of them.
    let (step, perRow, first) = kernel == 3 ? (4, 8, 0) : (8, 3, 8)
    let perImage = perRow * perRow
    let counts = kernel == 3 ? [48, 200, 400, 560] : [2, 40, 48, 56, 64, 72, 80]
    for count in counts {
      let call = try WinogradCall(
        .four, kernel: kernel, stride: 1, inputs: 16, outputs: 16, height: side, width: side, batch: images, level)
      for index in 0..<call.input.count { unsafe call.input.start[index] = 0 }
      for index in 0..<call.outputGradient.count { unsafe call.outputGradient.start[index] = 0 }
      for channel in 0..<16 {
        func place(_ image: Int, _ row: Int, _ column: Int) -> Int {
          ((image * 16 + channel) * side + row) * side + column
        }
        for index in 0..<count {
          let (image, cell) = index.quotientAndRemainder(dividingBy: perImage)
          let (y, x) = (first + cell / perRow * step, first + cell % perRow * step)
          let (row, column) = (y + values.input.row - kernel / 2, x + values.input.column - kernel / 2)
          unsafe call.input.start[place(image, row, column)] = values.ofInput
          unsafe call.outputGradient.start[place(image, y + values.gradient.row, x + values.gradient.column)] =
            values.ofGradient
        }
        for tap in 0..<kernel * kernel {
          let (row, column) = (16 - kernel / 2 + tap / kernel, 16 - kernel / 2 + tap % kernel)
          unsafe call.input.start[place(images - 1, row, column)] = 1
        }
        unsafe call.outputGradient.start[place(images - 1, 16, 16)] = 1
      }
      call.transformInput(measures: true)
      call.transformOutputGradient()
      guard call.channelsOverlap() else {
        #expect(count > counts[0])
        return
      }
      call.sumFilterGradient()
      call.transformFilterGradient()
      let own = (values.input.row - values.gradient.row) * kernel + values.input.column - values.gradient.column
      for tap in 0..<kernel * kernel where tap != own {
        let error = abs(unsafe Double(call.gradientOfWeight.start[tap]) - 1) * 0x1p24
        #expect(error <= Double(images * side * side), "\(count) values, tap \(tap)")
      }
    }
  }

  /// The values, and where they stand in their tile.
  struct ValuesOfManyTiles: Sendable {
    var kernel: Int
    var input, gradient: (row: Int, column: Int)
    var ofInput, ofGradient: Float
  }
  static let valuesOfManyTiles = [
    ValuesOfManyTiles(kernel: 5, input: (2, 3), gradient: (0, 3), ofInput: 0.8331355, ofGradient: 0.8197061),
    ValuesOfManyTiles(kernel: 5, input: (4, 3), gradient: (0, 3), ofInput: 0.992509, ofGradient: 0.9284729),
    ValuesOfManyTiles(kernel: 3, input: (3, 3), gradient: (3, 3), ofInput: 0.7534553, ofGradient: 0.7919128),
    ValuesOfManyTiles(kernel: 3, input: (3, 3), gradient: (3, 3), ofInput: 0.7983467, ofGradient: 0.7634884),
  ]

  /// With 5x5 kernels too, where the tile serves them.
  private func forEachCall(
    _ tile: WinogradTile, _ level: ConvolutionInstructionSet, _ body: (WinogradCall, String) throws -> Void
  ) throws {
    for sizes in Self.sizes {
      for (kernel, stride) in [(3, 1), (3, 2)] + (tile == .four ? [(5, 1)] : []) {
        for edge in GuardedScalars<Float>.Edge.allCases {
          let call = try WinogradCall(
            tile, kernel: kernel, stride: stride, inputs: sizes.inputs, outputs: sizes.outputs, height: sizes.height,
            width: sizes.width, batch: 2, guarded: edge, level)
          try body(call, "\(sizes), kernel \(kernel), stride \(stride), guarded \(edge)")
        }
      }
    }
  }
}
