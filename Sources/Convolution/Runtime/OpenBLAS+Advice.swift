import CConvolutionKernels

extension OpenBLAS {
  /// What to do where OpenBLAS runs kernels made for less than this processor has, so that its products take a multiple of
  /// the time they need; `nil` where it does not, or where its core has a name that this package does not know.
  ///
  /// OpenBLAS chooses its kernels when it is loaded, and takes those of an old processor for one that is newer than itself.
  /// Version 0.3.21 of Debian 12 runs SSE3 kernels on Intel processors from 2022 on. What `.automatic` computes does not
  /// depend on it; ``ConvolutionAlgorithm/im2col`` does.
  ///
  /// ```swift
  /// if let advice = OpenBLAS.advice { print(advice) }
  /// ```
  public static var advice: String? {
    advice(
      core: core, version: version, level: Processor.supportedInstructionSet, forced: coreForcedByEnvironment,
      choosesAtRunTime: choosesAtRunTime)
  }

  /// The core to ask for by `OPENBLAS_CORETYPE` where that would fix what ``advice`` reports.
  package static var coreToAskFor: String? {
    guard advice != nil, coreForcedByEnvironment == nil, choosesAtRunTime else { return nil }
    return fittingCore(Processor.supportedInstructionSet)
  }

  static func advice(
    core: String, version: String, level: ConvolutionInstructionSet, forced: String?, choosesAtRunTime: Bool
  ) -> String? {
    guard let fitting = fittingCore(level), let used = levels[core.lowercased()], used.rawValue < level.rawValue else {
      return nil
    }
    let state =
      "OpenBLAS \(version) runs its \(core) kernels, made for \(Processor.words(for: used)), "
      + "on a processor with \(Processor.words(for: level))"
    if let forced { return "\(state), since OPENBLAS_CORETYPE is \(forced): unset it" }
    let installation = "install a newer OpenBLAS"
    return choosesAtRunTime
      ? "\(state): set OPENBLAS_CORETYPE=\(fitting) before the process starts, or \(installation)"
      : "\(state), the only ones it was built with: \(installation)"
  }

  private static var choosesAtRunTime: Bool { configuration.split(separator: " ").contains("DYNAMIC_ARCH") }

  /// The core whose kernels are made for a level and run on every processor that has it.
  private static func fittingCore(_ level: ConvolutionInstructionSet) -> String? {
    switch level {
    case ConvolutionInstructionSetAVX512: "SkylakeX"
    case ConvolutionInstructionSetAVX2: "Haswell"
    default: nil
    }
  }

  /// What the kernels of OpenBLAS's x86-64 cores are made for, by its `driver/others/dynamic.c` and `kernel/x86_64`.
  private static let levels: [String: ConvolutionInstructionSet] = {
    let cores = [
      ConvolutionInstructionSetAVX512: "skylakex cooperlake sapphirerapids",
      ConvolutionInstructionSetAVX2: "haswell zen excavator",
      ConvolutionInstructionSetPortable:
        "katmai coppermine northwood prescott banias core2 penryn dunnington nehalem sandybridge athlon opteron "
        + "opteron_sse3 barcelona bobcat bulldozer piledriver steamroller nano atom",
    ]
    return Dictionary(
      uniqueKeysWithValues: cores.flatMap { level, names in names.split(separator: " ").map { (String($0), level) } })
  }()
}
