#include "../include/CConvolutionKernels.h"

// What the instantiations of the kernels define, for each level and scalar.
#define DECLARE(suffix)                                            \
  extern const struct ConvolutionGemmKernels gemmKernels_##suffix; \
  extern const struct ConvolutionDepthwise357Kernels depthwise357Kernels_##suffix;
#define KERNELS(lanesInVector, suffix) \
  { .lanes = lanesInVector, .gemm = &gemmKernels_##suffix, .depthwise357 = &depthwise357Kernels_##suffix }

DECLARE(float_portable)
DECLARE(double_portable)
#if defined(__x86_64__)
DECLARE(float_avx2)
DECLARE(double_avx2)
DECLARE(float_avx512)
DECLARE(double_avx512)
#endif

static const struct ConvolutionKernels table[][2] = {
    {KERNELS(4, float_portable), KERNELS(2, double_portable)},
#if defined(__x86_64__)
    {KERNELS(8, float_avx2), KERNELS(4, double_avx2)},
    {KERNELS(16, float_avx512), KERNELS(8, double_avx512)},
#endif
};

const struct ConvolutionKernels *convolution_kernels(enum ConvolutionInstructionSet level,
                                                     enum ConvolutionScalarKind scalar) {
  return &table[level][scalar];
}
