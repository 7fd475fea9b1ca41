public import Convolution

extension NaiveConvolution {
  /// The gradients of input, weight and bias from the output's gradient: every product of the forward formula is
  /// distributed to the three scalars that took part in it.
  public func gradients(
    of outputGradient: Tensor<Double>, at input: Tensor<Double>, weight: Tensor<Double>
  ) throws(ConvolutionError) -> Conv2dGradients<Double> {
    let sizes = sizes(input: input.shape, weight: weight.shape)
    let rows = sizes.rows
    let columns = sizes.columns
    let x = input.scalars
    let w = weight.scalars
    let dy = outputGradient.scalars
    var dx = [Double](repeating: 0, count: x.count)
    var dw = [Double](repeating: 0, count: w.count)
    var db = [Double](repeating: 0, count: sizes.outputChannels)
    for image in 0..<sizes.batch {
      for outputChannel in 0..<sizes.outputChannels {
        let firstChannel = outputChannel / sizes.outputsPerGroup * sizes.channelsPerGroup
        for i in 0..<rows.output {
          for j in 0..<columns.output {
            let gradient = dy[
              ((image * sizes.outputChannels + outputChannel) * rows.output + i) * columns.output + j]
            db[outputChannel] += gradient
            for channel in 0..<sizes.channelsPerGroup {
              let plane = (image * sizes.inputChannels + firstChannel + channel) * rows.size
              let filter = (outputChannel * sizes.channelsPerGroup + channel) * rows.kernel
              for kh in 0..<rows.kernel {
                let h = rows.index(output: i, tap: kh)
                for kw in 0..<columns.kernel {
                  let tap = (filter + kh) * columns.kernel + kw
                  guard let h, let column = columns.index(output: j, tap: kw) else {
                    dw[tap] += gradient * 0  // NaN for an infinite gradient, as the formula has it
                    continue
                  }
                  let source = (plane + h) * columns.size + column
                  dx[source] += gradient * w[tap]
                  dw[tap] += gradient * x[source]
                }
              }
            }
          }
        }
      }
    }
    return try Conv2dGradients(
      input: Tensor(shape: input.shape, scalars: dx), weight: Tensor(shape: weight.shape, scalars: dw),
      bias: Tensor(shape: [sizes.outputChannels], scalars: db))
  }
}
