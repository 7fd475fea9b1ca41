import Testing
import Convolution
import ReferenceConvolution

@Test func smoke() throws {
  for (s, d, p, g, m) in [(1, 1, 1, 1, PaddingMode.zeros), (2, 1, 1, 2, .reflect), (1, 2, 2, 1, .circular), (3, 2, 3, 2, .replicate)] {
    let layer = try Conv2d<Float>(inputChannels: 4, outputChannels: 6, kernelSize: 3, stride: Size2d(s), padding: .symmetric(p), dilation: Size2d(d), groups: g, paddingMode: m)
    print(layer)
    let x = try Tensor<Float>(shape: [2, 4, 11, 9], scalars: (0..<2*4*99).map { _ in Float.random(in: -1...1) })
    let y = try layer(x)
    let naive = NaiveConvolution(stride: layer.stride, padding: layer.padding, dilation: layer.dilation, groups: g, paddingMode: m)
    let r = try naive.forward(x.inDouble(), weight: layer.weight.value.inDouble(), bias: layer.bias!.value.inDouble())
    let a = try naive.forward(x.magnitudes(), weight: layer.weight.value.magnitudes(), bias: layer.bias!.value.magnitudes())
    let e = NormalizedError(of: y, reference: r, magnitude: a).value
    print(e)
    #expect(e < 16)
    let dy = try Tensor<Float>(shape: y.shape, scalars: y.scalars.map { _ in Float.random(in: -1...1) })
    let gr = try layer.gradients(of: dy, at: x)
    let rg = try naive.gradients(of: dy.inDouble(), at: x.inDouble(), weight: layer.weight.value.inDouble())
    let ag = try naive.gradients(of: dy.magnitudes(), at: x.magnitudes(), weight: layer.weight.value.magnitudes())
    for (a, (b, c)) in zip([gr.input!, gr.weight!, gr.bias!], zip([rg.input!, rg.weight!, rg.bias!], [ag.input!, ag.weight!, ag.bias!])) {
      let e = NormalizedError(of: a, reference: b, magnitude: c).value
      print(e); #expect(e < 16)
    }
  }
}
