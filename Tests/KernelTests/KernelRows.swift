import CConvolutionKernels
import CKernelParts
import TestSupport

@testable import Convolution

extension KernelRows {
  func products(_ level: ConvolutionInstructionSet) throws {
    for layer in ProductLayer.all {
      let product = try GemmCall<Scalar>(layer, level)
      row("multiply", layer.name, layer.operations) { product.multiply(hasEpilogue: false) }
      row("multiply, with an epilogue", layer.name, layer.operations) { product.multiply(hasEpilogue: true) }
      row("pack_filters", layer.name, bytes(product.filterCount), isBytes: true) { product.packFilters() }
    }
    let layer = ProductLayer.all[0]
    let product = try GemmCall<Scalar>(layer, level)
    row("finish", layer.name, bytes(product.finishCount), isBytes: true) { product.finish() }
  }

  func weightGradients(_ level: ConvolutionInstructionSet) throws {
    for layer in ProductLayer.all {
      let (call, name) = (try WeightGradientCall<Scalar>(layer, level), layer.nameOfSizes)
      row("weight_gradient", name, layer.operations) { call.sum() }
      // Two halves of sums and rests are read, and one of each is written.
      row("add_weight_gradient", name, bytes(3 * call.sumCount), isBytes: true) { call.add() }
      row("store_weight_gradient", name, bytes(2 * call.sumCount, call.resultCount), isBytes: true) { call.store() }
    }
  }

  func depthwise(_ level: ConvolutionInstructionSet) throws {
    for kernel in [Int32(3), 5, 7] {
      for stride in [Int32(1), 2] {
        let sample = try DepthwiseSample<Scalar>(kernel, stride, width: 112, isStrict: false)
        let name = "\(kernel)x\(kernel) s\(stride) of 3 channels @9×112"
        let operations = 2 * 2 * sample.shape.outputImage * sample.taps
        let call = DepthwiseCall(sample, level)
        row("depthwise357.forward", name, operations) { call.forward() }
        if stride == 2 { row("depthwise357.input_gradient", name, operations) { call.inputGradient() } }
        row("depthwise357.weight_gradient", name, operations) { call.weightGradient() }
      }
    }
  }

  /// In Float only. The operations are those of the products of transformed tiles, not of the convolution.
  func winograd(_ level: ConvolutionInstructionSet) throws {
    for stride in [1, 2] {
      for tile in [WinogradTile.two, .four] {
        let size = 28 * stride
        let call = try WinogradCall(
          tile, stride: stride, inputs: 64, outputs: 64, height: size, width: size, batch: 1, level)
        let name = "64→64 s\(stride) @\(size), tiles of \(tile.rawValue)"
        func bytes(_ scalars: GuardedScalars<Float>...) -> Int { scalars.reduce(0) { $0 + 4 * $1.count } }
        func moved(_ kernel: String, _ amount: Int, _ body: () -> Void) {
          row("winograd_\(kernel)", name, amount, isBytes: true, body)
        }
        moved("transform_filters", bytes(call.weight, call.transformedFilters)) { call.transformFilters() }
        moved("transform_input", bytes(call.input, call.transformedInput)) { call.transformInput() }
        row("winograd_multiply", name, call.operations) { call.multiply() }
        row("winograd_multiply, with an epilogue", name, call.operations) { call.multiply(limits: 0...1) }
        moved("transform_output_gradient", bytes(call.outputGradient, call.transformedGradient)) {
          call.transformOutputGradient()
        }
        row("winograd_sum_filter_gradient", name, call.operations) { call.sumFilterGradient() }
        moved("transform_filter_gradient", bytes(call.sums, call.gradientOfWeight)) { call.transformFilterGradient() }
      }
    }
  }

  /// Arrays that stay in the first-level cache.
  func elementwise(_ level: ConvolutionInstructionSet) throws {
    let count = 3000
    let call = try ElementwiseCall<Scalar>(count, guarded: .before, level)
    func moved(_ kernel: String, _ arrays: Int, _ body: () -> Void) {
      row(kernel, "\(count)", bytes(arrays * count), isBytes: true, body)
    }
    for (name, function) in [
      ("ReLU", ConvolutionFunctionReLU), ("Hardswish", ConvolutionFunctionHardswish),
      ("Exponential", ConvolutionFunctionExponential), ("Sigmoid", ConvolutionFunctionSigmoid),
      ("Tanh", ConvolutionFunctionTanh), ("SiLU", ConvolutionFunctionSiLU), ("GELU", ConvolutionFunctionGELU),
      ("TanhGELU", ConvolutionFunctionTanhGELU),
    ] {
      moved("activate, \(name)", 2) { call.activate(function) }
      moved("activation_gradient, \(name)", 3) { call.activationGradient(function) }
    }
    moved("slope_gradient", 2) { _ = call.slopeGradient() }
    moved("moments", 2) { _ = call.moments() }
    moved("normalize", 2) { call.normalize() }
    moved("normalize_gradient", 3) { call.normalizeGradient() }
    let labels = (0..<count / 10).map { $0 % 10 }
    moved("cross_entropy", 2) { _ = call.crossEntropy(classes: 10, labels: labels) }
    moved("hash", 1) { _ = call.hash(0..<count) }
    moved("drop", 2) { call.drop(0..<count) }
  }

  func windows(_ level: ConvolutionInstructionSet) throws {
    for (kernel, stride) in [(2, 2), (3, 1), (3, 2)] {
      let call = try WindowCall<Scalar>(
        height: 28, width: 56, kernel: kernel, stride: stride, step: 1, guarded: .before, level)
      let name = "\(kernel)x\(kernel) s\(stride) @28×56"
      let (inputs, outputs) = (call.input.count, call.output.count)
      func moved(_ kernel: String, _ scalars: Int, _ body: () -> Void) {
        row(kernel, name, bytes(scalars), isBytes: true, body)
      }
      moved("pool, largest", inputs + outputs) { call.pool(isMean: false) }
      moved("pool, mean", inputs + outputs) { call.pool(isMean: true) }
      moved("pool_gradient, largest", 2 * inputs + outputs) { call.poolGradient(isMean: false) }
      moved("pool_gradient, mean", inputs + outputs) { call.poolGradient(isMean: true) }
    }
    for (name, isNearest) in [("nearest", true), ("linear", false)] {
      let call = try WindowCall<Scalar>(
        height: 28, width: 56, kernel: 1, stride: 1, step: 1, isTwice: true, guarded: .before, level)
      let scalars = call.input.count + call.output.count
      row("resample, \(name)", "28×56 to 56×112", bytes(scalars), isBytes: true) { call.resample(isNearest: isNearest) }
      row("resample_gradient, \(name)", "28×56 to 56×112", bytes(scalars), isBytes: true) {
        call.resampleGradient(isNearest: isNearest)
      }
    }
  }

  /// What the kernels are made of: arrays that stay in the first-level cache, several times in one call of the clock.
  func vectors() {
    let (parts, source, target) = (peak.parts, peak.source, peak.target)
    let (lanes, vectors, turns) = (peak.lanes, source.count / peak.lanes, 16)
    typealias Part = (UnsafeRawPointer?, UnsafeMutableRawPointer?, Int, Int) -> Void
    func moved(_ name: String, _ what: String, _ part: Part?, first: Int = 0, vectors: Int, count: Int) {
      row(name, what, bytes(2 * turns * vectors * lanes), isBytes: true) {
        for _ in 0..<turns { unsafe part!(source.start + first, target.start, vectors, count) }
      }
    }
    unsafe moved("load_first", "\(lanes - 1) of \(lanes)", parts.load_many_first, vectors: vectors, count: lanes - 1)
    // The lane before each row is not read, and lies in the row before it.
    unsafe moved(
      "load_within", "from the lane before a row", parts.load_many_within, first: lanes, vectors: vectors - 2,
      count: 2 * lanes)
    unsafe moved("store_first", "\(lanes - 1) of \(lanes)", parts.store_many_first, vectors: vectors, count: lanes - 1)
    unsafe moved("even_lanes, odd_lanes", "\(lanes)", parts.split_many, vectors: vectors, count: 0)
    unsafe moved("in_turn", "\(lanes)", parts.join_many, vectors: vectors, count: 0)
    row("transpose", "\(lanes)×\(lanes)", bytes(2 * lanes * lanes * 64), isBytes: true) {
      unsafe kernel_parts_repeat(parts.transpose, source.start, target.start, 64)
    }
  }
}
