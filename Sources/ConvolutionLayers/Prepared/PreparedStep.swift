import CConvolutionKernels
import Convolution

/// One step of a prepared network.
struct PreparedStep<Scalar: ConvolutionScalar>: Sendable {
  enum Operation: Sendable {
    /// So many images of the convolution for each of the network.
    case convolution(PreparedConvolution<Scalar>, images: Int)
    case normalization(ChannelMap, plane: Int)
    case function(ElementwiseFunction, Device)
    case slopes([Double], plane: Int, Device)
    case planes(PlanePass)
    case sum(Device)
    /// Blocks of some scalars, so far apart in the result; first of one operand, then of the other where that is not in place.
    case concatenation(pieces: Int, [Piece])
    case copy
    case module(any Module<Scalar>, inputShape: [Int], outputShape: [Int], isBatched: Bool)
  }

  struct Piece: Sendable {
    var place: BufferPlan.Place
    var size, offset: Int
  }

  var operation: Operation
  var input, output: BufferPlan.Place
  var second: BufferPlan.Place?
  /// Scalars of an image.
  var inputSize, outputSize: Int
  var text: String

  /// Bytes of workspace for a batch.
  func workspaceBytes(threads: Int) -> Int {
    switch operation {
    case .convolution(let convolution, _): convolution.workspaceBytes
    case .planes(let pass): threads * pass.workspace * MemoryLayout<Scalar>.stride
    default: 0
    }
  }

  /// Whether the step can fail.
  var mayThrow: Bool {
    switch operation {
    case .convolution(let convolution, _): convolution.mayAllocate
    case .module: true
    default: false
    }
  }
}

/// The memory of one call.
@safe struct NetworkMemory<Scalar: ConvolutionScalar> {
  let input: UnsafePointer<Scalar>
  let output: UnsafeMutablePointer<Scalar>
  let memory: UnsafeMutablePointer<Scalar>
  let workspace: UnsafeMutablePointer<Scalar>
  /// Images of the call.
  let images: Int
  /// The most threads that the workspace holds.
  let threads: Int

  func start(of place: BufferPlan.Place, image: Int = 0) -> UnsafeMutablePointer<Scalar> {
    let base =
      switch place.space {
      // Nothing is ever placed there to be written.
      case .input: unsafe UnsafeMutablePointer(mutating: input)
      case .output: unsafe output
      case .memory: unsafe memory
      }
    return unsafe base + place.offset + image * place.image
  }
}

extension PreparedStep {
  func run(_ memory: NetworkMemory<Scalar>) throws {
    switch operation {
    case .convolution(let convolution, let images): try run(convolution, images, memory)
    case .normalization(let map, let plane):
      unsafe forEachPlane(memory, size: plane, device: map.device) { channel, from, to in
        unsafe convolution_normalize(
          Processor.instructionSet, MemoryLayout<Scalar>.size, from, map.means[channel % map.means.count],
          map.scales[channel % map.means.count], map.offsets[channel % map.means.count], to, plane)
      }
    case .slopes(let slopes, let plane, let device):
      unsafe forEachPlane(memory, size: plane, device: device) { channel, from, to in
        unsafe convolution_activate(
          Processor.instructionSet, MemoryLayout<Scalar>.size, ConvolutionFunctionLeakyReLU,
          slopes[channel % slopes.count], from, to, plane)
      }
    case .function(let function, let device):
      for image in 0..<memory.images {
        let (from, to) = unsafe (memory.start(of: input, image: image), memory.start(of: output, image: image))
        Parallel.forEachPart(of: inputSize, threads: threads(memory, device, scalars: inputSize)) { range, _ in
          unsafe convolution_activate(
            Processor.instructionSet, MemoryLayout<Scalar>.size, function.kind, function.parameter,
            from + range.lowerBound, to + range.lowerBound, range.count)
        }
      }
    case .planes(let pass):
      for image in 0..<memory.images {
        unsafe pass.run(
          UnsafePointer(memory.start(of: input, image: image)), memory.start(of: output, image: image),
          planes: inputSize / pass.inputSize,
          threads: threads(memory, pass.device, scalars: max(inputSize, outputSize)), workspace: memory.workspace)
      }
    case .sum(let device):
      for image in 0..<memory.images {
        let to = unsafe memory.start(of: output, image: image)
        let (from, other) = unsafe (
          memory.start(of: input, image: image), memory.start(of: second!, image: image)
        )
        Parallel.forEachPart(of: inputSize, threads: threads(memory, device, scalars: inputSize)) { range, _ in
          unsafe (to + range.lowerBound).update(from: from + range.lowerBound, count: range.count)
          unsafe Epilogue(residual: UnsafePointer(other + range.lowerBound))
            .finish(to + range.lowerBound, count: range.count)
        }
      }
    case .concatenation(let pieces, let parts):
      for image in 0..<memory.images {
        let to = unsafe memory.start(of: output, image: image)
        for part in parts {
          let from = unsafe memory.start(of: part.place, image: image)
          for piece in 0..<pieces {
            unsafe (to + piece * (outputSize / pieces) + part.offset).update(
              from: from + piece * part.size, count: part.size)
          }
        }
      }
    case .copy:
      for image in 0..<memory.images {
        unsafe memory.start(of: output, image: image).update(
          from: memory.start(of: input, image: image), count: inputSize)
      }
    case .module(let module, let inputShape, let outputShape, let isBatched):
      func ofBatch(_ shape: [Int]) -> [Int] { isBatched ? [memory.images] + shape.dropFirst() : shape }
      try run(module, ofBatch(inputShape), ofBatch(outputShape), memory)
    }
  }

  /// A thread is worth its start from some ten thousand scalars on.
  private func threads(_ memory: NetworkMemory<Scalar>, _ device: Device, scalars: Int) -> Int {
    min(memory.threads, device.threads, 1 + scalars >> 14)
  }

  private func run(
    _ convolution: PreparedConvolution<Scalar>, _ images: Int, _ memory: NetworkMemory<Scalar>
  ) throws {
    func operands(image: Int, batch: Int, isOne: Bool) -> PreparedConvolution<Scalar>.Operands {
      unsafe .init(
        input: UnsafePointer(memory.start(of: input, image: image)),
        inputImage: isOne ? input.image : inputSize / images,
        residual: second.map { unsafe UnsafePointer(memory.start(of: $0, image: image)) },
        residualImage: isOne ? second?.image ?? 0 : outputSize / images,
        output: memory.start(of: output, image: image), outputImage: isOne ? output.image : outputSize / images,
        batch: batch)
    }
    let workspace = unsafe UnsafeMutableRawPointer(memory.workspace)
    if images == 1 {
      return try convolution.run(
        operands(image: 0, batch: memory.images, isOne: true), workspace: workspace)
    }
    for image in 0..<memory.images {
      try convolution.run(operands(image: image, batch: images, isOne: false), workspace: workspace)
    }
  }

  private func forEachPlane(
    _ memory: NetworkMemory<Scalar>, size: Int, device: Device,
    _ body: (_ channel: Int, _ from: UnsafeMutablePointer<Scalar>, _ to: UnsafeMutablePointer<Scalar>) -> Void
  ) {
    for image in 0..<memory.images {
      let (from, to) = unsafe (memory.start(of: input, image: image), memory.start(of: output, image: image))
      Parallel.forEachPart(
        of: inputSize / max(1, size), threads: threads(memory, device, scalars: inputSize)
      ) { range, _ in
        for channel in range { unsafe body(channel, from + channel * size, to + channel * size) }
      }
    }
  }

  /// A module that is run as it is, on tensors.
  private func run(
    _ module: any Module<Scalar>, _ inputShape: [Int], _ outputShape: [Int], _ memory: NetworkMemory<Scalar>
  ) throws {
    var tensor = try Tensor<Scalar>(uninitialized: inputShape)
    tensor.withUnsafeMutableBufferPointer { scalars in
      for image in 0..<memory.images {
        unsafe (scalars.baseAddress! + image * inputSize).update(
          from: memory.start(of: input, image: image), count: inputSize)
      }
    }
    let result = try module.forward(tensor)
    guard result.shape == outputShape else {
      throw ConvolutionError.shapeMismatch(name: text, expected: "\(outputShape)", actual: result.shape)
    }
    result.withUnsafeBufferPointer { scalars in
      for image in 0..<memory.images {
        unsafe memory.start(of: output, image: image).update(
          from: scalars.baseAddress! + image * outputSize, count: outputSize)
      }
    }
  }
}
