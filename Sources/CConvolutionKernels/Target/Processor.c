#include "../include/ConvolutionProcessor.h"

enum ConvolutionInstructionSet convolution_supported_instruction_set(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("f16c"))
    return ConvolutionInstructionSetPortable;
#ifdef CONVOLUTION_WIDE_ON_AVX2
  return ConvolutionInstructionSetAVX512; // compiled for AVX2, see Instantiate.h
#endif
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw"))
    return ConvolutionInstructionSetAVX512;
  return ConvolutionInstructionSetAVX2;
#else
  return ConvolutionInstructionSetPortable;
#endif
}
