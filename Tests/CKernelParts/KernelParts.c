#include "KernelParts.h"

#include "../../Sources/CConvolutionKernels/Target/Precision.h"

#define KERNEL_SOURCE "../Target/EachPrecision.inc"
#define PRECISION_SOURCE "../../../Tests/CKernelParts/KernelParts.inc"
#include "../../Sources/CConvolutionKernels/Target/Instantiate.h"

static const struct KernelParts *const table[][2] = {
    {&kernelParts_float_portable, &kernelParts_double_portable},
#if defined(__x86_64__)
    {&kernelParts_float_avx2, &kernelParts_double_avx2},
    {&kernelParts_float_avx512, &kernelParts_double_avx512},
#endif
};

void kernel_parts_repeat(void (*part)(const void *, void *), const void *source, void *target, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) part(source, target);
}

const struct KernelParts *kernel_parts(enum ConvolutionInstructionSet level, int isDouble) {
  return table[level][isDouble != 0];
}
