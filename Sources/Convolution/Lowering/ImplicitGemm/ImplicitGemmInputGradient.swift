import CConvolutionKernels

/// The gradient of the input as convolutions of the output's gradient with stride 1: one for each pair of phases of the rows
/// and columns that are a stride apart; where two phases of the columns read the same, one for both. Padding that repeats pixels is a border of its own, which is added to the pixels that
/// it repeats.
struct ImplicitGemmInputGradient: Sendable {
  private let image: ImageGeometry
  private let level: ConvolutionInstructionSet
  /// The phases of the input itself, and of the strips of padding around it.
  private let interior: Part
  private let borders: [Part]

  /// A rectangle of the padded input.
  private struct Part: Sendable {
    var rows, columns: Range<Int>
    var phases: [ImplicitGemm]
    /// Where the outputs of each phase begin in the rectangle.
    var firstOutputs: [Int]
    /// Whether some positions are read by no output.
    var hasGaps: Bool
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
    let packed = try pack(operands)
    var filters = unsafe UnsafePointer(packed.pointer(to: Scalar.self))
    unsafe try run(
      interior, operands, images: 0..<operands.batch, filters: &filters, epilogue: operands.epilogue,
      result: operands.result, imageSize: image.inputSize
    ) {
      operands.fillUnread(image, level: level)
    }
    for border in borders {
      let size = image.inputChannels * border.rows.count * border.columns.count
      let borderFilters = unsafe filters
      try Workspace.withScalars(size, of: Scalar.self) { strip throws(ConvolutionError) in
        for index in 0..<operands.batch {
          unsafe filters = borderFilters
          unsafe try run(
            border, operands, images: index..<index + 1, filters: &filters, epilogue: Epilogue(), result: strip,
            imageSize: size,
            stripBytes: size * MemoryLayout<Scalar>.stride
          ) {
            unsafe strip.update(repeating: 0, count: size)
          }
          unsafe fold(
            border, strip, into: operands.result + index * image.inputSize, threads: operands.threads)
        }
      }
    }
    extendLifetime(packed)
  }

  /// Computes the phases of a part, after `fill` where these leave gaps, and moves `filters` behind theirs.
  private func run<Scalar: ConvolutionScalar>(
    _ part: Part, _ operands: BackwardOperands<Scalar>, images: Range<Int>, filters: inout UnsafePointer<Scalar>,
    epilogue: Epilogue<Scalar>, result: UnsafeMutablePointer<Scalar>, imageSize: Int, stripBytes: Int = 0,
    fill: () -> Void
  ) throws(ConvolutionError) {
    let calls = calls(of: part, batch: images.count, threads: operands.threads, Scalar.self)
    var phaseFilters: [UnsafePointer<Scalar>] = unsafe []
    for phase in part.phases {
      unsafe phaseFilters.append(filters)
      unsafe filters += try phase.filterCount(of: Scalar.self)
    }
    let workers = WorkerMemory(calls, besides: stripBytes)
    try workers.with { memory in
      if part.hasGaps { fill() }
      // The outputs of phases lie between each other: all phases of a part of the image, while it is in cache.
      let parts = max(1, (calls.map(\.tasks).min() ?? 1) / (operands.threads == 1 ? 1 : 4 * operands.threads))
      for (piece, index) in (0..<parts * calls.count).lazy.map({ $0.quotientAndRemainder(dividingBy: calls.count) }) {
        unsafe calls[index].run(
          .init(
            input: operands.outputGradient + images.lowerBound * image.outputSize, inputImage: image.outputSize,
            filters: phaseFilters[index], epilogue: epilogue.advanced(by: part.firstOutputs[index]),
            output: result + part.firstOutputs[index], outputImage: imageSize), part: piece, of: parts,
          workers: workers.workers, memory: memory)
      }
    }
  }

  private func calls<Scalar>(
    of part: Part, batch: Int, threads: Int, _ type: Scalar.Type
  ) -> [ImplicitGemmCall<Scalar>] {
    part.phases.map { ImplicitGemmCall($0, batch: batch, threads: threads) }
  }

  /// Bytes of workspace where no padding repeats pixels.
  func workspaceBytes<Scalar: ConvolutionScalar>(batch: Int, threads: Int, of type: Scalar.Type) -> Int {
    WorkerMemory(calls(of: interior, batch: batch, threads: threads, type)).byteCount
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

  private var allPhases: [ImplicitGemm] { interior.phases + borders.flatMap(\.phases) }

  /// The filters of all phases, one after the other.
  private func pack<Scalar: ConvolutionScalar>(
    _ operands: BackwardOperands<Scalar>
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
    return unsafe try operands.derivedWeights.panels(
      for: key, count: { counts[phases.count] }, panels: panels, threads: operands.threads
    ) { (panel, target: UnsafeMutablePointer<Scalar>) in
      let index = firstPanels.lastIndex { $0 <= panel }!
      unsafe phases[index].pack(
        panel: panel - firstPanels[index], of: operands.weight, into: target + counts[index])
    }
  }
}
