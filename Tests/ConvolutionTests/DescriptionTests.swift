import Convolution
import Testing

/// What is printed. Descriptions that PyTorch prints too stand in the golden fixture.
struct DescriptionTests {
  @Test func fourEdgesThatDiffer() throws {
    let layer = try Conv2d<Float>(
      inputChannels: 3, outputChannels: 8, kernelSize: Size2d(3, 5),
      padding: .explicit(top: 1, bottom: 2, left: 1, right: 2))
    #expect(
      layer.description
        == "Conv2d(3, 8, kernel_size=(3, 5), stride=(1, 1), padding=(top=1, bottom=2, left=1, right=2))")
  }

  @Test func everythingAtOnce() throws {
    let layer = try Conv2d<Double>(
      inputChannels: 4, outputChannels: 8, kernelSize: 3, stride: Size2d(2, 1), padding: .symmetric(Size2d(1, 2)),
      dilation: Size2d(1, 3), groups: 2, bias: false, paddingMode: .reflect)
    #expect(
      layer.description
        == "Conv2d(4, 8, kernel_size=(3, 3), stride=(2, 1), padding=(1, 2), dilation=(1, 3), groups=2, bias=False, "
        + "padding_mode=reflect)")
  }

  @Test func smallValues() throws {
    #expect(Size2d(3, 5).description == "(3, 5)")
    #expect(Device.cpu.description == "cpu")
    #expect(try Device.cpu(threads: 2).description == "cpu(threads: 2)")
  }

  /// Literals, pairs and run-time values make the same arguments.
  @Test func literals() throws {
    let side = 3
    #expect(Size2d(side) == 3)
    #expect(Size2d(side, 4) != 3)
    #expect(Padding.symmetric(1) == 1)
    #expect(Padding.symmetric(Size2d(1, 2)) == .explicit(top: 1, bottom: 1, left: 2, right: 2))
    #expect(try Padding("valid") == .valid)
    #expect(try PaddingMode("circular") == .circular)
    #expect(try Device("cpu") == .cpu)
  }

  @Test func configurationCanBeRead() throws {
    let layer = try Conv2d<Float>(
      inputChannels: 4, outputChannels: 6, kernelSize: Size2d(1, 2), stride: Size2d(3, 4), padding: 5,
      dilation: Size2d(6, 7), groups: 2, paddingMode: .replicate)
    #expect((layer.inputChannels, layer.outputChannels, layer.groups) == (4, 6, 2))
    #expect((layer.kernelSize, layer.stride, layer.dilation) == (Size2d(1, 2), Size2d(3, 4), Size2d(6, 7)))
    #expect(layer.padding == .symmetric(5))
    #expect(layer.paddingMode == .replicate)
    #expect((layer.device, layer.algorithm, layer.precision) == (.cpu, .automatic, .standard))
    #expect(layer.weight.value.shape == [6, 2, 1, 2])
    #expect(layer.bias?.value.shape == [6])
  }
}
