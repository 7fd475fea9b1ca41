#include "include/ConvolutionInstructionSet.h"

enum ConvolutionInstructionSet convolution_supported_instruction_set(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return ConvolutionInstructionSetPortable;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw"))
    return ConvolutionInstructionSetAVX512;
  return ConvolutionInstructionSetAVX2;
#else
  return ConvolutionInstructionSetPortable;
#endif
}
