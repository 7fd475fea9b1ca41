#ifndef CONVOLUTION_PROCESSOR_H
#define CONVOLUTION_PROCESSOR_H

/// The levels that every kernel of this target is compiled for, from one source each (see `Instantiate.h`).
///
/// A kernel takes the level as its first argument. The caller must not pass a level above
/// `convolution_supported_instruction_set()`: the processor would meet an instruction it does not have.
enum ConvolutionInstructionSet {
  ConvolutionInstructionSetPortable = 0, // what the compiler assumes: SSE2 on x86-64, NEON on aarch64
  ConvolutionInstructionSetAVX2 = 1, // AVX2 and FMA
  ConvolutionInstructionSetAVX512 = 2 // AVX-512 F, VL, DQ and BW
};

/// The highest level that this processor and its operating system support.
enum ConvolutionInstructionSet convolution_supported_instruction_set(void);

/// Tells the processor that this thread spins: it saves power, and gives way to the core's other thread.
static inline void convolution_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb"); // yield does nothing on most
#endif
}

#endif
