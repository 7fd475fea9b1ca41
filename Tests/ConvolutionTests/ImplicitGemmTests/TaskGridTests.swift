import CConvolutionKernels
import TestSupport
import Testing

@testable import Convolution

/// How products are cut up for threads.
struct TaskGridTests {
  /// Every output belongs to one task; and of 1x1 kernels on maps of few tiles, whose pixels alone could not be shared out evenly,
  /// neighbouring tasks give each thread as many panels as the others, give or take one.
  @Test(arguments: supportedLevels, [(96, 576, 14), (112, 672, 14), (64, 384, 10), (40, 240, 28)])
  func smallMapsInPlace(level: ConvolutionInstructionSet, layer: (inputs: Int, outputs: Int, side: Int)) throws {
    let conv = try Conv2d<Float>(inputChannels: layer.inputs, outputChannels: layer.outputs, kernelSize: 1)
    let image = try Geometry(conv.configuration, inputShape: [layer.inputs, layer.side, layer.side]).image
    let gemm = ImplicitGemm(image, scalarSize: 4, level: level, forcing: ConvolutionSourceInPlace)
    for threads in [1, 2, 3, 4] {
      let grid = TaskGrid(gemm, batch: 1, threads: threads)
      let work = (0..<grid.tasks).map { index in
        let task = grid.task(index)
        return task.block.pixels * task.panels.count
      }
      let panel = layer.side * layer.side
      let panels = SizeArithmetic.dividingUp(layer.outputs, by: AlgorithmChoice.tileRows(level))
      #expect(work.reduce(0, +) == panel * panels)
      let parts = (0..<threads).map { thread in
        SizeArithmetic.part(thread, of: threads, in: grid.tasks).map { work[$0] }.reduce(0, +)
      }
      // A block of pixels is a multiple of a tile's lanes.
      let lanes = 2 * AlgorithmChoice.lanes(level, scalarSize: 4)
      let tiles = SizeArithmetic.dividingUp(panel, by: lanes)
      let pixelShare = SizeArithmetic.dividingUp(tiles, by: threads) * lanes * panels
      let panelShare = SizeArithmetic.dividingUp(panels, by: threads) * panel
      #expect(parts.max()! <= min(pixelShare, panelShare))
    }
  }

  /// Packed rows: a plane of outputs belongs to one thread where there are channels enough, and images too few.
  @Test(arguments: supportedLevels, [1, 2, 5])
  func planesOfPackedRows(level: ConvolutionInstructionSet, batch: Int) throws {
    let conv = try Conv2d<Float>(inputChannels: 32, outputChannels: 1024, kernelSize: 1)
    let image = try Geometry(conv.configuration, inputShape: [32, 14, 14]).image
    let gemm = ImplicitGemm(image, scalarSize: 4, level: level, forcing: ConvolutionSourcePackedRows)
    for threads in 1...4 {
      let grid = TaskGrid(gemm, batch: batch, threads: threads)
      var outputs = Set<[Int]>()
      for task in (0..<grid.tasks).map(grid.task) {
        if batch < threads { #expect(task.block.pixels == 196) }
        for panel in task.panels {
          #expect(outputs.insert([task.image, task.block.firstPixel, panel]).inserted)
        }
      }
      #expect(grid.tasks >= min(threads, 4))
    }
  }
}
