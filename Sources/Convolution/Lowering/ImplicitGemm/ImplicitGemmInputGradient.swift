import CConvolutionKernels

/// The gradient of the input as convolutions of the output's gradient with stride 1: one for each pair of phases of the rows
/// and columns that are a stride apart; where two phases of the columns read the same, one for both. Padding that repeats
/// pixels is a border of its own, which is added to the pixels that it repeats.
struct ImplicitGemmInputGradient: Sendable {
  private let image: ImageGeometry
  let level: ConvolutionInstructionSet
  /// The phases of the input itself, and of the strips of padding around it.
  private var interior: Part
  private let borders: [Part]

  /// A rectangle of the padded input.
  private struct Part: Sendable {
    var rows, columns: Range<Int>
    var phases: [ImplicitGemm]
    /// Where the outputs of each phase begin in the rectangle.
    var firstOutputs: [Int]
    /// Whether some positions are read by no output.
    var hasGaps: Bool

    func filterBytes<Scalar: ConvolutionScalar>(of type: Scalar.Type) -> Int {
      phases.reduce(0) { $0 + $1.filterBytes(of: type) }
    }
  }

  init(_ image: ImageGeometry, scalarSize: Int, level: ConvolutionInstructionSet, precision: Precision) {
    self.image = image
    self.level = level
    func part(_ rows: Range<Int>, _ columns: Range<Int>) -> Part {
      let rowPhases = AdjointAxis.phases(of: image.rows, over: rows)
      let columnPhases = AdjointAxis.phases(of: image.columns, over: columns)
      var part = Part(rows: rows, columns: columns, phases: [], firstOutputs: [], hasGaps: false)
      part.hasGaps =
        rowPhases.count < min(image.rows.stride, rows.count)
        || columnPhases.count < min(image.columns.stride, columns.count)
      let pair = image.columns.stride == 2 ? AdjointAxis.pair(columnPhases) : nil
      for row in rowPhases {
        func phase(_ column: AdjointAxis, next: AdjointAxis? = nil) -> ImplicitGemm {
          ImplicitGemm(
            groups: image.groups, inputChannels: image.outputChannelsPerGroup,
            outputChannels: image.inputChannelsPerGroup, rows: row.geometry, columns: column.geometry,
            outputSteps: .init(
              plane: rows.count * columns.count, row: image.rows.stride * columns.count, column: image.columns.stride),
            filters: FilterView(image, rows: row, columns: column, next: next), isPaired: next != nil,
            scalarSize: scalarSize, level: level, precision: precision)
        }
        let paired = pair.map { phase($0.first, next: $0.second) }
        for (column, phase) in paired.flatMap({ $0.hasPixelsInLanes ? [(pair!.first, $0)] : nil })
          ?? columnPhases.map({ ($0, phase($0)) })
        {
          part.phases.append(phase)
          part.firstOutputs.append(row.firstPosition * columns.count + column.firstPosition)
        }
      }
      return part
    }
    let (rows, columns) = (image.rows, image.columns)
    let repeats = rows.mode != .zeros
    let (inside, across) = (0..<rows.input, 0..<columns.input)
    let (above, below) = repeats ? rows.border : (0, 0)
    let (left, right) = repeats ? columns.border : (0, 0)
    let wide = -left..<columns.input + right
    interior = part(inside, across)
    borders = [
      (-above..<0, wide), (rows.input..<rows.input + below, wide), (inside, -left..<0),
      (inside, columns.input..<columns.input + right),
    ].filter { !$0.0.isEmpty && !$0.1.isEmpty }.map { part($0.0, $0.1) }
  }

  /// Why the borders cannot be computed, or `nil`.
  static func unsupportedReason(for image: ImageGeometry, scalarSize: Int) -> String? {
    guard image.rows.mode != .zeros else { return nil }
    let (rows, columns) = (image.rows, image.columns)
    let strips = [
      (rows.border.before, columns), (rows.border.after, columns), (columns.border.before, rows),
      (columns.border.after, rows),
    ]
    let most = Workspace.budget / 2 / scalarSize / image.inputChannels
    let isLarge = strips.contains { width, axis in
      let length = axis.input + axis.border.before + axis.border.after
      return width.multipliedReportingOverflow(by: length).overflow || width * length > most
    }
    return isLarge ? "the border of its input exceeds the workspace" : nil
  }

  /// Beyond the output's edge the kernels multiply by zeros, and the definition has no such products.
  var needsFiniteWeight: Bool { !image.isPointwise }

  /// Writes the gradient of every image, and finishes it.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``, before anything is written but where padding repeats pixels.
  func run<Scalar: ConvolutionScalar>(_ operands: BackwardOperands<Scalar>) throws(ConvolutionError) {
    let packed = unsafe try packed(operands.weight, keptIn: operands.derivedWeights, threads: operands.threads)
    let filters = unsafe UnsafeRawPointer(packed.pointer(to: Scalar.self))
    let workers = workerMemory(of: interior, batch: operands.batch, threads: operands.threads, Scalar.self)
    try workers.with { memory in
      if interior.hasGaps { operands.fillUnread(image, level: level) }
      unsafe run(
        interior,
        .init(
          input: operands.outputGradient, inputImage: image.outputSize, filters: filters, epilogue: operands.epilogue,
          output: operands.result, outputImage: image.inputSize), batch: operands.batch, threads: operands.threads,
        workers: workers.workers, memory: memory)
    }
    var borderFilters = unsafe filters + interior.filterBytes(of: Scalar.self)
    for border in borders {
      let size = image.inputChannels * border.rows.count * border.columns.count
      let workers = workerMemory(
        of: border, batch: 1, threads: operands.threads, besides: size * MemoryLayout<Scalar>.stride, Scalar.self)
      try Workspace.withScalars(size, of: Scalar.self) { strip throws(ConvolutionError) in
        try workers.with { memory in
          for index in 0..<operands.batch {
            if border.hasGaps { unsafe strip.update(repeating: 0, count: size) }
            unsafe run(
              border,
              .init(
                input: operands.outputGradient + index * image.outputSize, inputImage: image.outputSize,
                filters: borderFilters, output: strip, outputImage: size), batch: 1, threads: operands.threads,
              workers: workers.workers, memory: memory)
            unsafe fold(
              border, strip, into: operands.result + index * image.inputSize, threads: operands.threads)
          }
        }
      }
      unsafe borderFilters += border.filterBytes(of: Scalar.self)
    }
    extendLifetime(packed)
  }

  /// Computes the phases of a part, whose filters are the first of those that the operands name.
  private func run<Scalar: ConvolutionScalar>(
    _ part: Part, _ operands: ImplicitGemmCall<Scalar>.Operands, batch: Int, threads: Int, workers: Int,
    memory: (_ worker: Int) -> UnsafeMutableRawPointer
  ) {
    func call(_ phase: ImplicitGemm) -> ImplicitGemmCall<Scalar> {
      ImplicitGemmCall(phase, batch: batch, threads: threads)
    }
    guard var fewest = part.phases.first.map({ call($0).tasks }) else { return }
    for phase in part.phases.dropFirst() { fewest = min(fewest, call(phase).tasks) }
    // The outputs of phases lie between each other: all phases of a part of the image, while it is in cache.
    let pieces = max(1, fewest / (threads == 1 ? 1 : 4 * threads))
    for piece in 0..<pieces {
      var filters = unsafe operands.filters
      for (phase, first) in zip(part.phases, part.firstOutputs) {
        var operands = operands
        unsafe (operands.filters, operands.output) = (filters, operands.output + first)
        operands.epilogue = operands.epilogue.advanced(by: first)
        unsafe call(phase).run(operands, part: piece, of: pieces, workers: workers, memory: memory)
        unsafe filters += phase.filterBytes(of: Scalar.self)
      }
    }
  }

  private func workerMemory<Scalar: ConvolutionScalar>(
    of part: Part, batch: Int, threads: Int, besides otherBytes: Int = 0, _ type: Scalar.Type
  ) -> WorkerMemory {
    var (bytes, workers) = (0, 1)
    for phase in part.phases {
      let call = ImplicitGemmCall<Scalar>(phase, batch: batch, threads: threads)
      (bytes, workers) = (max(bytes, call.workerBytes), max(workers, call.threads))
    }
    return WorkerMemory(bytes: bytes, threads: workers, besides: otherBytes)
  }

  /// Bytes of workspace where no padding repeats pixels.
  func workspaceBytes<Scalar: ConvolutionScalar>(batch: Int, threads: Int, of type: Scalar.Type) -> Int {
    workerMemory(of: interior, batch: batch, threads: threads, type).byteCount
  }

  /// Scalars of the packed filters of all phases.
  ///
  /// - Throws: ``ConvolutionError/sizeOverflow(name:operands:)``.
  func filterCount<Scalar: ConvolutionScalar>(of type: Scalar.Type) throws(ConvolutionError) -> Int {
    var count = 0
    for phase in allPhases { count += try phase.filterCount(of: type) }
    return count
  }

  /// Adds a strip of padding to the pixels that it repeats.
  private func fold<Scalar: ConvolutionScalar>(
    _ border: Part, _ strip: UnsafePointer<Scalar>, into result: UnsafeMutablePointer<Scalar>, threads: Int
  ) {
    let size = border.rows.count * border.columns.count
    Parallel.forEachPart(of: image.inputChannels, threads: threads) { channels, _ in
      for channel in channels {
        var next = unsafe strip + channel * size
        for row in border.rows {
          let target = unsafe result + channel * image.inputPixels + image.rows.source(at: row) * image.columns.input
          for column in border.columns {
            unsafe target[image.columns.source(at: column)] += next.pointee
            unsafe next += 1
          }
        }
      }
    }
  }

  /// Where no padding repeats pixels: computes a batch with filters that have been packed. Positions that no output reads stay
  /// as they are.
  @safe func run<Scalar: ConvolutionScalar>(
    _ operands: ImplicitGemmCall<Scalar>.Operands, batch: Int, threads: Int, workspace: UnsafeMutableRawPointer
  ) {
    let workers = workerMemory(of: interior, batch: batch, threads: threads, Scalar.self)
    unsafe run(interior, operands, batch: batch, threads: threads, workers: workers.workers) { worker in
      unsafe workers.part(worker, of: workspace)
    }
  }

  /// Whether ``run(_:batch:threads:workspace:)`` leaves something out.
  var hasGaps: Bool { interior.hasGaps }

  /// The same product of filters in another format.
  func reading(_ weights: WeightFormat) -> ImplicitGemmInputGradient {
    var gradient = self
    for index in interior.phases.indices { gradient.interior.phases[index].weights = weights }
    return gradient
  }

  private var allPhases: [ImplicitGemm] { interior.phases + borders.flatMap(\.phases) }

  /// The filters of all phases, one after the other, made on first use and kept with the weight.
  ///
  /// - Throws: ``ConvolutionError/outOfMemory(byteCount:)``.
  @safe func packed<Scalar: ConvolutionScalar>(
    _ weight: UnsafePointer<Scalar>, keptIn derivedWeights: DerivedWeights, threads: Int
  ) throws(ConvolutionError) -> MemoryBlock {
    let phases = allPhases
    var (counts, firstPanels, panels) = ([0], [Int](), 0)
    for phase in phases {
      counts.append(counts[counts.count - 1] + (try phase.filterCount(of: Scalar.self)))
      firstPanels.append(panels)
      panels += phase.filterPanels(of: Scalar.self)
    }
    let key = DerivedWeights.Key(
      use: .inputGradient, algorithm: "implicit GEMM", layout: phases.flatMap(\.filterLayout))
    return unsafe try derivedWeights.panels(
      for: key, count: { counts[phases.count] }, panels: panels, threads: threads
    ) { (panel, target: UnsafeMutablePointer<Scalar>) in
      let index = firstPanels.lastIndex { $0 <= panel }!
      unsafe phases[index].pack(
        panel: panel - firstPanels[index], of: weight, into: target + counts[index])
    }
  }
}
