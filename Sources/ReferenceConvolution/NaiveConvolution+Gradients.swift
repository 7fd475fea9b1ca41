public import Convolution

extension NaiveConvolution {
  /// The three inner loops: one output's gradient to the channels of its group. Offsets inside a tensor cannot overflow.
  @inline(never)
  private static func distribute<Scalar: ConvolutionScalar>(
    _ gradient: Scalar, _ x: UnsafePointer<Scalar>, _ w: UnsafePointer<Scalar>, _ dx: UnsafeMutablePointer<Scalar>,
    _ dw: UnsafeMutablePointer<Scalar>, rowSources: UnsafePointer<Int>, columnSources: UnsafePointer<Int>,
    _ sizes: Sizes
  ) {
    var plane = 0
    var tap = 0
    for _ in 0..<sizes.channelsPerGroup {
      for kh in 0..<sizes.rows.kernel {
        let h = unsafe rowSources[kh]
        for kw in 0..<sizes.columns.kernel {
          let v = unsafe columnSources[kw]
          if h >= 0 && v >= 0 {
            let source = plane &+ h &* sizes.columns.size &+ v
            unsafe dx[source] += gradient * w[tap]
            unsafe dw[tap] += gradient * x[source]
          } else {
            // The zero of the padding took part in the sum: it matters where the gradient is not finite.
            unsafe dw[tap] += gradient * 0
          }
          tap &+= 1
        }
      }
      plane &+= sizes.rows.size &* sizes.columns.size
    }
  }

  /// The gradients of input, weight and bias from the output's gradient: every product of the forward formula is
  /// distributed to the three scalars that took part in it.
  ///
  /// - Parameter outputRows: The rows of the output to start from, all by default; the gradient of the others counts as
  ///   zero. A benchmark times a part of a large layer.
  #if compiler(>=6.3)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
  #endif
  public func gradients<Scalar: ConvolutionScalar>(
    of outputGradient: Tensor<Scalar>, at input: Tensor<Scalar>, weight: Tensor<Scalar>, outputRows: Range<Int>? = nil
  ) throws(ConvolutionError) -> Conv2dGradients<Scalar> {
    let sizes = sizes(input: input.shape, weight: weight.shape)
    let rowSources = sizes.rows.sources
    let columnSources = sizes.columns.sources
    let dy = outputGradient.scalars
    var biasGradient = [Scalar](repeating: 0, count: sizes.outputChannels)
    var inputGradient = try Tensor<Scalar>(zeros: input.shape)
    var weightGradient = try Tensor<Scalar>(zeros: weight.shape)
    inputGradient.withUnsafeMutableBufferPointer { dx in
      weightGradient.withUnsafeMutableBufferPointer { dw in
        input.withUnsafeBufferPointer { x in
          weight.withUnsafeBufferPointer { w in
            unsafe rowSources.withUnsafeBufferPointer { rowSources in
              unsafe columnSources.withUnsafeBufferPointer { columnSources in
                guard let dx = dx.baseAddress, let dw = dw.baseAddress, let x = x.baseAddress, let w = w.baseAddress,
                  let rowSources = rowSources.baseAddress, let columnSources = columnSources.baseAddress
                else { return }
                for image in 0..<sizes.batch {
                  for outputChannel in 0..<sizes.outputChannels {
                    let planes = sizes.planesOffset(image: image, outputChannel: outputChannel)
                    let filters = sizes.filtersOffset(outputChannel: outputChannel)
                    for i in outputRows ?? 0..<sizes.rows.output {
                      let outputRow = sizes.outputOffset(image: image, outputChannel: outputChannel, row: i)
                      for j in 0..<sizes.columns.output {
                        let gradient = dy[outputRow + j]
                        biasGradient[outputChannel] += gradient
                        unsafe Self.distribute(
                          gradient, x + planes, w + filters, dx + planes, dw + filters,
                          rowSources: rowSources + i * sizes.rows.kernel,
                          columnSources: columnSources + j * sizes.columns.kernel, sizes)
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    return try Conv2dGradients(
      input: inputGradient, weight: weightGradient,
      bias: Tensor(shape: [sizes.outputChannels], scalars: biasGradient))
  }
}
