import CConvolutionKernels
import ReferenceConvolution
import Testing

@testable import Convolution

/// A layer that Winograd serves and a batch of two images for it, computed by Winograd behind the plan's back.
struct WinogradSample {
  /// Of a layer and its input; the channels are of one group.
  struct Sizes: Sendable, CustomTestStringConvertible {
    var height, width, inputChannels, outputChannels, groups: Int

    var testDescription: String { "\(groups) × \(inputChannels) → \(outputChannels) @ \(height) × \(width)" }
  }

  /// Every remainder of tiles along an axis, one tile and many, channels below and above a vector and a panel.
  static let sizes: [Sizes] =
    (2...10).map { Sizes(height: $0, width: 18 - $0, inputChannels: $0, outputChannels: 12 - $0, groups: $0 % 2 + 1) }
    + [
      Sizes(height: 7, width: 7, inputChannels: 35, outputChannels: 37, groups: 1),
      Sizes(height: 34, width: 25, inputChannels: 2, outputChannels: 3, groups: 1),
    ]

  /// The kernel, and the distances of outputs and of taps; a dilation as far as the padded input has room for it.
  struct Steps: Sendable, CustomTestStringConvertible {
    var kernel = 3
    var stride: Int
    var dilation: Size2d

    var testDescription: String { "kernel \(kernel), stride \(stride), dilation \(dilation)" }

    /// That serve the kernel.
    var tiles: [WinogradTile] { kernel == 3 ? WinogradSample.tiles : [.four] }

    /// Of 3x3 kernels.
    static let usual = [
      Steps(stride: 1, dilation: 1), Steps(stride: 2, dilation: 1), Steps(stride: 1, dilation: Size2d(2, 3)),
      Steps(stride: 1, dilation: Size2d(5, 4)),
    ]
    static let all =
      usual + [Steps(kernel: 5, stride: 1, dilation: 1), Steps(kernel: 5, stride: 1, dilation: Size2d(2, 3))]
  }

  static let tiles: [WinogradTile] = [.two, .three, .four]

  var layer: Conv2d<Float>
  var input: Tensor<Float>

  /// Draws weight, bias and input from `scalars`.
  init(_ sizes: Sizes, _ steps: Steps, mode: PaddingMode, scalars: (inout SplitMix64) -> Float) throws {
    var sizes = sizes
    let taps = steps.kernel - 1
    // A larger kernel reads more rows; the sums of two channels' taps are too uneven for its tiles.
    (sizes.height, sizes.inputChannels) = (max(sizes.height, taps), max(sizes.inputChannels, taps - 1))
    var generator = SplitMix64(seed: UInt64(sizes.height * 100 + sizes.width))
    func random(_ shape: [Int]) throws -> Tensor<Float> {
      try Tensor(shape: shape, scalars: (0..<shape.reduce(1, *)).map { _ in scalars(&generator) })
    }
    // Reflection shows the other rows once; of two there is one other.
    let most = mode == .reflect ? sizes.height - 1 : sizes.height
    let (top, bottom) = (min(1, most), min(2, most))
    let dilation = Size2d(
      min(steps.dilation.height, (sizes.height + top + bottom - 1) / taps),
      min(steps.dilation.width, (sizes.width + 2) / taps))
    let inputChannels = sizes.groups * sizes.inputChannels
    layer = try Conv2d(
      weight: random([sizes.groups * sizes.outputChannels, sizes.inputChannels, steps.kernel, steps.kernel]),
      bias: random([sizes.groups * sizes.outputChannels]), stride: Size2d(steps.stride),
      padding: .explicit(top: top, bottom: bottom, left: 2, right: 1), dilation: dilation, groups: sizes.groups,
      paddingMode: mode)
    input = try random([2, inputChannels, sizes.height, sizes.width])
  }

  /// Terms of one output's sum.
  var terms: Int { layer.weight.value.shape[1...].reduce(1, *) + 1 }

  /// By Winograd, into an output that held NaN.
  func output(
    _ tile: WinogradTile, _ level: ConvolutionInstructionSet, threads: Int
  ) throws -> Tensor<Float> {
    let geometry = try Geometry(layer.configuration, inputShape: input.shape)
    var output = try Tensor<Float>(repeating: .nan, shape: geometry.outputShape)
    let isDone = try output.withUnsafeMutableBufferPointer { output in
      try input.withUnsafeBufferPointer { input in
        try layer.weight.value.withUnsafeBufferPointer { weight in
          try layer.bias!.value.withUnsafeBufferPointer { bias in
            unsafe try WinogradRoom.forward(
              WinogradConvolution(geometry.image, tile: tile),
              ForwardOperands(
                input: input.baseAddress!, weight: weight.baseAddress!, epilogue: Epilogue(bias: bias.baseAddress),
                output: output.baseAddress!, batch: geometry.batch, threads: threads, derivedWeights: DerivedWeights()),
              level: level)
          }
        }
      }
    }
    #expect(isDone)
    return output
  }

  /// By the kernels alone, with NaN in place of the weight that outputs which are not finite are computed again from.
  func outputWithoutRepair(_ tile: WinogradTile, _ level: ConvolutionInstructionSet) throws -> Tensor<Float> {
    let geometry = try Geometry(layer.configuration, inputShape: input.shape)
    let convolution = WinogradConvolution(geometry.image, tile: tile)
    let unknown = [Float](repeating: .nan, count: layer.weight.value.scalars.count)
    var output = try Tensor<Float>(repeating: .nan, shape: geometry.outputShape)
    try output.withUnsafeMutableBufferPointer { output throws(ConvolutionError) in
      try input.withUnsafeBufferPointer { input throws(ConvolutionError) in
        try layer.weight.value.withUnsafeBufferPointer { weight throws(ConvolutionError) in
          try layer.bias!.value.withUnsafeBufferPointer { bias throws(ConvolutionError) in
            let filters = unsafe WinogradFilters(
              convolution: convolution, weight: weight.baseAddress!, level: level)
            let transformed = try filters.transformed(keptIn: DerivedWeights(), threads: 1)
            try WinogradUnits.with(
              convolution, blocking: .forProducts(convolution, batch: geometry.batch, threads: 1),
              batch: geometry.batch, level: level
            ) { units throws(ConvolutionError) in
              try Workspace.withScalars(units.transformedInputSize(isLocal: false) + units.scratchSize, of: Float.self)
              { room in
                let scratch = unsafe room + units.transformedInputSize(isLocal: false)
                for index in 0..<units.count {
                  let unit = units.unit(index)
                  var (block, layer) = unsafe (unit.block, units.layer)
                  unsafe units.transformInput(
                    unit, of: input.baseAddress!, channelBlocks: 0..<units.channelBlocks, into: room, scratch: scratch)
                  unsafe unknown.withUnsafeBufferPointer { unknown in
                    var definition = unsafe filters.definition(group: unit.group)
                    unsafe definition.weights = unknown.baseAddress!
                    let group = unit.group * convolution.outputGroupSize
                    var epilogue = unsafe Epilogue(bias: bias.baseAddress).kernels(
                      channel: unit.group * convolution.outputChannels, output: group)
                    unsafe convolution_winograd_multiply(
                      level, &layer, &block, 0, units.panels, nil, room,
                      transformed.pointer(to: Float.self) + unit.group * filters.sizePerGroup, &definition,
                      &epilogue, input.baseAddress! + unit.group * convolution.inputGroupSize,
                      output.baseAddress! + group, scratch)
                  }
                }
              }
            }
          }
        }
      }
    }
    return output
  }

  private var reference: NaiveConvolution {
    NaiveConvolution(
      stride: layer.stride, padding: layer.padding, dilation: layer.dilation, groups: layer.groups,
      paddingMode: layer.paddingMode)
  }

  func expected() throws -> Tensor<Double> {
    try reference.forward(
      input.inDouble(), weight: layer.weight.value.inDouble(), bias: layer.bias!.value.inDouble())
  }

  /// The sums of absolute products.
  func magnitude() throws -> Tensor<Double> {
    try reference.forward(
      input.magnitudes(), weight: layer.weight.value.magnitudes(), bias: layer.bias!.value.magnitudes())
  }
}
