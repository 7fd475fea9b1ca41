import Convolution

extension NetworkPlan {
  /// Prepares the convolutions, places every value, and puts the steps in a row.
  convenience init(
    _ graph: NetworkGraph<Scalar>, _ fusion: NetworkFusion<Scalar>, output: Int, weights: WeightFormat
  ) throws {
    let shapes = graph.shapes
    let batch = shapes[0][0]
    // Only where the first axis stays the batch can there be a smaller one.
    let isBatched = shapes[0].count == 4 && shapes.allSatisfy { $0.first == batch }
    let images = isBatched ? batch : 1
    let sizes = try shapes.map { try SizeArithmetic.product($0, name: "scalars of a value") / images }
    let output = (value: fusion.canonical[output], shape: shapes[output])

    var convolutions: [Int: (PreparedConvolution<Scalar>, images: Int)] = [:]
    for (index, step) in fusion.steps.enumerated() {
      guard case .convolution(let convolution) = step.operation else { continue }
      let each = convolution.images[0] / images
      let prepared = try PreparedConvolution(
        convolution.folded(), for: [each == 1 ? images : each] + convolution.images.dropFirst(),
        activation: convolution.activation, slopes: convolution.slopes, weights: weights,
        named: step.name.isEmpty ? "weight" : "\(step.name).weight")
      convolutions[index] = (prepared, each)
    }
    // What may fail once something has been written must not write to the caller's tensor.
    let mayThrow = fusion.steps.indices.contains { index in
      if case .other(.module) = fusion.steps[index].operation { return true }
      return convolutions[index]?.0.mayAllocate == true
    }
    let buffers = BufferPlan(
      fusion.steps.map { step in
        var planned = BufferPlan.Step(reads: step.operands, result: step.result)
        if case .convolution(let convolution) = step.operation, let residual = convolution.residual {
          planned.reads.append(residual)
        }
        if case .other(.concatenation(let axis)) = step.operation, shapes[step.result][..<axis].reduce(1, *) == images {
          planned.pieces = step.operands
        }
        return planned
      }, sizes: sizes, images: images, output: output.value, writesOutput: !mayThrow)
    let places = buffers.places

    var (steps, threads) = ([PreparedStep<Scalar>](), 1)
    for (index, step) in fusion.steps.enumerated() {
      let operand = step.operands[0]
      let plane = shapes[operand].dropFirst(2).reduce(1, *)
      let operation: PreparedStep<Scalar>.Operation
      var words: String
      var second: BufferPlan.Place?
      var device = Device.cpu
      switch step.operation {
      case .convolution(let convolution):
        let (prepared, each) = convolutions[index]!
        operation = .convolution(prepared, images: each)
        device = convolution.call.device
        second = convolution.residual.map { places[$0]! }
        words = ([convolution.call.text] + step.fused).joined(separator: " + ") + ", \(prepared.algorithm)"
        if weights != .full { words += ", weights \(prepared.weights)" }
      case .other(.layer(.normalization(let map))):
        operation = .normalization(map, plane: plane)
        (device, words) = (map.device, "BatchNorm2d")
      case .other(.layer(.function(let function, let own))):
        operation = .function(function, own)
        (device, words) = (own, "activation")
      case .other(.layer(.slopes(let slopes, let own))):
        operation = .slopes(
          slopes.scalars.map { Double($0) }, plane: slopes.count == 1 ? sizes[operand] : plane, own)
        (device, words) = (own, "PReLU")
      case .other(.layer(.planes(let pass))):
        operation = .planes(pass)
        (device, words) = (pass.device, pass.text)
      case .other(.sum):
        operation = .sum(device)
        second = places[step.operands[1]]!
        words = "sum"
      case .other(.concatenation(let axis)):
        let count = shapes[step.result][..<axis].reduce(1, *) / images
        let target = places[step.result]!
        var (offset, pieces) = (0, [PreparedStep<Scalar>.Piece]())
        for operand in step.operands {
          let (place, size) = (places[operand]!, sizes[operand] / count)
          let isThere =
            place.space == target.space && place.image == target.image && place.offset == target.offset + offset
          if !isThere { pieces.append(.init(place: place, size: size, offset: offset)) }
          offset += size
        }
        operation = .concatenation(pieces: count, pieces)
        words = "concatenation, " + (pieces.isEmpty ? "in place" : "\(pieces.count) of \(step.operands.count) copied")
      case .other(.module(let module)):
        operation = .module(
          module, inputShape: shapes[operand], outputShape: shapes[step.result], isBatched: isBatched)
        words = "\(module), as it is"
      case .other(.layer(.convolution)), .other(.layer(.identity)): continue
      }
      threads = max(threads, device.threads)
      if !step.name.isEmpty { words = "\(step.name): \(words)" }
      steps.append(
        PreparedStep(
          operation: operation, input: places[operand]!, output: places[step.result]!, second: second,
          inputSize: sizes[operand], outputSize: sizes[step.result], text: words))
    }
    let size = sizes[output.value]
    if places[output.value]!.space != .output {
      steps.append(
        PreparedStep(
          operation: .copy, input: places[output.value]!, output: .init(space: .output, offset: 0, image: size),
          inputSize: size, outputSize: size, text: "output: copied"))
    }
    try self.init(
      inputShape: shapes[0], outputShape: output.shape, isBatched: isBatched, steps: steps,
      memoryCount: buffers.count, threads: threads)
  }
}
