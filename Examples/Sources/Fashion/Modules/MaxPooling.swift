import Convolution

/// The largest of each 2x2 block of pixels: `[N, C, H, W]` becomes `[N, C, H / 2, W / 2]`, for even heights and widths.
///
/// Rows are shared out over threads; no row's result depends on another.
struct MaxPooling: Module {
  let threads: Int

  var extraRepresentation: String { "kernel_size=2, stride=2" }

  func forward(_ input: Tensor<Float>) throws -> Tensor<Float> {
    let sizes = try Sizes(input.shape)
    var output = try Tensor<Float>(zeros: sizes.outputShape)
    output.withUnsafeMutableBufferPointer { outputs in
      input.withUnsafeBufferPointer { inputs in
        nonisolated(unsafe) let (outputs, inputs) = unsafe (outputs, inputs)
        forEachPart(of: sizes.outputRows, threads: threads) { rows in
          for row in rows {
            for column in 0..<sizes.outputWidth {
              let block = sizes.block(row: row, column: column)
              let top = unsafe max(inputs[block.top], inputs[block.top + 1])
              let bottom = unsafe max(inputs[block.bottom], inputs[block.bottom + 1])
              unsafe outputs[row * sizes.outputWidth + column] = max(top, bottom)
            }
          }
        }
      }
    }
    return output
  }

  /// The gradient goes to the pixel that was largest, the first of equals in reading order.
  mutating func backward(
    _ outputGradient: Tensor<Float>, at input: Tensor<Float>, for targets: GradientTargets
  ) throws -> Tensor<Float>? {
    guard targets.contains(.input) else { return nil }
    let sizes = try Sizes(input.shape)
    try outputGradient.expectShape(sizes.outputShape)
    var gradient = try Tensor<Float>(zeros: input.shape)
    gradient.withUnsafeMutableBufferPointer { gradients in
      outputGradient.withUnsafeBufferPointer { outputGradients in
        input.withUnsafeBufferPointer { inputs in
          nonisolated(unsafe) let (gradients, outputGradients, inputs) = unsafe (gradients, outputGradients, inputs)
          forEachPart(of: sizes.outputRows, threads: threads) { rows in
            for row in rows {
              for column in 0..<sizes.outputWidth {
                let (top, bottom) = sizes.block(row: row, column: column)
                let gradient = unsafe outputGradients[row * sizes.outputWidth + column]
                // Which pixel is largest cannot be predicted: bits are chosen instead of branches.
                let isBottom = unsafe Bits(
                  max(inputs[top], inputs[top + 1]), isBelow: max(inputs[bottom], inputs[bottom + 1]))
                let isTopRight = unsafe Bits(inputs[top], isBelow: inputs[top + 1])
                let isBottomRight = unsafe Bits(inputs[bottom], isBelow: inputs[bottom + 1])
                unsafe gradients[top] = gradient & ~isBottom & ~isTopRight
                unsafe gradients[top + 1] = gradient & ~isBottom & isTopRight
                unsafe gradients[bottom] = gradient & isBottom & ~isBottomRight
                unsafe gradients[bottom + 1] = gradient & isBottom & isBottomRight
              }
            }
          }
        }
      }
    }
    return gradient
  }
}

extension MaxPooling {
  private struct Sizes {
    let width, outputWidth, outputRows: Int
    let outputShape: [Int]

    init(_ shape: [Int]) throws(ConvolutionError) {
      guard shape.count == 4, shape[2] % 2 == 0, shape[3] % 2 == 0 else {
        throw .shapeMismatch(name: "input", expected: "[N, C, H, W] with even H and W", actual: shape)
      }
      width = shape[3]
      outputWidth = width / 2
      outputShape = [shape[0], shape[1], shape[2] / 2, outputWidth]
      outputRows = outputShape.dropLast().reduce(1, *)
    }

    /// Where a block's upper and lower left pixels stand. Rows are counted through all images and channels.
    @inline(__always)
    func block(row: Int, column: Int) -> (top: Int, bottom: Int) {
      let top = 2 * row * width + 2 * column
      return (top, top + width)
    }
  }

  /// All bits set, or none.
  private struct Bits {
    let pattern: UInt32

    /// The sign of the difference, in every bit: a comparison would be compiled to a branch again.
    @inline(__always)
    init(_ left: Float, isBelow right: Float) {
      pattern = UInt32(bitPattern: Int32(bitPattern: (left - right).bitPattern) >> 31)
    }

    private init(pattern: UInt32) { self.pattern = pattern }

    @inline(__always)
    static prefix func ~ (bits: Bits) -> Bits { Bits(pattern: ~bits.pattern) }

    /// The number, or zero.
    @inline(__always)
    static func & (number: Float, bits: Bits) -> Float { Float(bitPattern: number.bitPattern & bits.pattern) }
  }
}
