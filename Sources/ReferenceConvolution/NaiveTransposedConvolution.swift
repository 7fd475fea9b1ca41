public import Convolution

/// The transposed convolution as its formula reads, in Double: every input pixel adds its filters to the output.
///
/// Tests check everything against it. It shares no index arithmetic with the package it checks, nor with
/// ``NaiveConvolution``.
public struct NaiveTransposedConvolution: Sendable {
  private let stride, padding, outputPadding, dilation: Size2d
  private let groups: Int

  /// The reference of a layer.
  public init<Scalar>(_ layer: ConvTranspose2d<Scalar>) {
    stride = layer.stride
    padding = layer.padding
    outputPadding = layer.outputPadding
    dilation = layer.dilation
    groups = layer.groups
  }

  /// The output `[N, O, Hout, Wout]` or `[O, Hout, Wout]`.
  public func forward(
    _ input: Tensor<Double>, weight: Tensor<Double>, bias: Tensor<Double>?
  ) throws(ConvolutionError) -> Tensor<Double> {
    let sizes = Sizes(self, input: input.shape, weight: weight.shape)
    let (x, w, b) = (input.scalars, weight.scalars, bias?.scalars)
    let pixels = sizes.outputHeight * sizes.outputWidth
    var y = (0..<sizes.batch * sizes.outputChannels * pixels).map { b?[$0 / pixels % sizes.outputChannels] ?? 0 }
    forEachProduct(sizes) { xIndex, wIndex, yIndex in
      if let yIndex { y[yIndex] += x[xIndex] * w[wIndex] }
    }
    return try Tensor(
      shape: input.shape.dropLast(3) + [sizes.outputChannels, sizes.outputHeight, sizes.outputWidth], scalars: y)
  }

  /// The gradients of input, weight and bias from the output's gradient.
  public func gradients(
    of outputGradient: Tensor<Double>, at input: Tensor<Double>, weight: Tensor<Double>
  ) throws(ConvolutionError) -> Conv2dGradients<Double> {
    let sizes = Sizes(self, input: input.shape, weight: weight.shape)
    let (x, w, dy) = (input.scalars, weight.scalars, outputGradient.scalars)
    var dx = [Double](repeating: 0, count: x.count)
    var dw = [Double](repeating: 0, count: w.count)
    var db = [Double](repeating: 0, count: sizes.outputChannels)
    forEachProduct(sizes) { xIndex, wIndex, yIndex in
      // The zero of what was cropped takes part in the sums: it matters where input or weight is not finite.
      let gradient = yIndex.map { dy[$0] } ?? 0
      dx[xIndex] += gradient * w[wIndex]
      dw[wIndex] += gradient * x[xIndex]
    }
    let pixels = sizes.outputHeight * sizes.outputWidth
    for index in dy.indices { db[index / pixels % sizes.outputChannels] += dy[index] }
    return Conv2dGradients(
      input: try Tensor(shape: input.shape, scalars: dx), weight: try Tensor(shape: weight.shape, scalars: dw),
      bias: try Tensor(shape: [sizes.outputChannels], scalars: db))
  }

  private struct Sizes {
    let batch, inputChannels, outputChannels, height, width, kernelHeight, kernelWidth, outputHeight, outputWidth: Int

    init(_ layer: NaiveTransposedConvolution, input: [Int], weight: [Int]) {
      func output(_ size: Int, _ stride: Int, _ padding: Int, _ dilation: Int, _ kernel: Int, _ extra: Int) -> Int {
        (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1
      }
      batch = input.count == 4 ? input[0] : 1
      inputChannels = weight[0]
      outputChannels = weight[1] * layer.groups
      (height, width) = (input[input.count - 2], input[input.count - 1])
      (kernelHeight, kernelWidth) = (weight[2], weight[3])
      outputHeight = output(
        height, layer.stride.height, layer.padding.height, layer.dilation.height, kernelHeight,
        layer.outputPadding.height)
      outputWidth = output(
        width, layer.stride.width, layer.padding.width, layer.dilation.width, kernelWidth, layer.outputPadding.width)
    }
  }

  /// Calls `body` with the indices of input, weight and output of every product; `nil` for an output that is cropped.
  private func forEachProduct(_ sizes: Sizes, _ body: (_ input: Int, _ weight: Int, _ output: Int?) -> Void) {
    let inputsPerGroup = sizes.inputChannels / groups
    let outputsPerGroup = sizes.outputChannels / groups
    for image in 0..<sizes.batch {
      for i in 0..<sizes.inputChannels {
        for o in 0..<outputsPerGroup {
          let channel = i / inputsPerGroup * outputsPerGroup + o
          for h in 0..<sizes.height {
            for kh in 0..<sizes.kernelHeight {
              let row = h * stride.height + kh * dilation.height - padding.height
              for w in 0..<sizes.width {
                for kw in 0..<sizes.kernelWidth {
                  let column = w * stride.width + kw * dilation.width - padding.width
                  let isInside =
                    row >= 0 && row < sizes.outputHeight && column >= 0 && column < sizes.outputWidth
                  let output = (image * sizes.outputChannels + channel) * sizes.outputHeight + row
                  body(
                    ((image * sizes.inputChannels + i) * sizes.height + h) * sizes.width + w,
                    ((i * outputsPerGroup + o) * sizes.kernelHeight + kh) * sizes.kernelWidth + kw,
                    isInside ? output * sizes.outputWidth + column : nil)
                }
              }
            }
          }
        }
      }
    }
  }
}
