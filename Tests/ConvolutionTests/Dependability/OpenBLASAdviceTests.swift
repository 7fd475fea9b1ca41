import CConvolutionKernels
import Testing

@testable import Convolution

/// What `OpenBLAS.advice` says, for cores and processors that are not this machine's.
struct OpenBLASAdviceTests {
  private func advice(
    _ core: String, _ level: ConvolutionInstructionSet, forced: String? = nil, choosesAtRunTime: Bool = true
  ) -> String? {
    OpenBLAS.advice(
      core: core, version: "0.3.21", level: level, forced: forced, choosesAtRunTime: choosesAtRunTime)
  }

  @Test func namesCoreAndRemedy() {
    #if arch(x86_64)
      let portable = "SSE2"
    #else
      let portable = "NEON"
    #endif
    #expect(
      advice("Prescott", ConvolutionInstructionSetAVX512)
        == "OpenBLAS 0.3.21 runs its Prescott kernels, made for \(portable), on a processor with AVX-512: "
        + "set OPENBLAS_CORETYPE=SkylakeX before the process starts, or install a newer OpenBLAS")
    #expect(advice("Nehalem", ConvolutionInstructionSetAVX2)?.contains("OPENBLAS_CORETYPE=Haswell") == true)
    #expect(advice("Zen", ConvolutionInstructionSetAVX512)?.contains("made for AVX2 and FMA") == true)
  }

  @Test func blamesTheEnvironment() {
    let text = advice("Haswell", ConvolutionInstructionSetAVX512, forced: "Haswell")
    #expect(text?.hasSuffix("since OPENBLAS_CORETYPE is Haswell: unset it") == true)
  }

  @Test func promisesNothingOfASingleCore() {
    let text = advice("Prescott", ConvolutionInstructionSetAVX2, choosesAtRunTime: false)
    #expect(text?.hasSuffix("the only ones it was built with: install a newer OpenBLAS") == true)
  }

  @Test(arguments: [
    ("SkylakeX", ConvolutionInstructionSetAVX512), ("Cooperlake", ConvolutionInstructionSetAVX512),
    ("Haswell", ConvolutionInstructionSetAVX2), ("Zen", ConvolutionInstructionSetAVX2),
    ("SkylakeX", ConvolutionInstructionSetAVX2), ("Prescott", ConvolutionInstructionSetPortable),
    ("ARMV8", ConvolutionInstructionSetPortable), ("unheard of", ConvolutionInstructionSetAVX512),
  ])
  func isSilentWhereNothingIsWrong(core: String, level: ConvolutionInstructionSet) {
    #expect(advice(core, level) == nil)
  }
}
