#include "KernelParts.h"

// A transform whose scheme is an argument has loops that cannot be unrolled: in the library it is a constant everywhere.
#pragma clang diagnostic ignored "-Wpass-failed"

#include "../../Sources/CConvolutionKernels/Target/Precision.h"
#include "../../Sources/CConvolutionKernels/Winograd/WinogradScheme.h"

#define KERNEL_SOURCE "../../../Tests/CKernelParts/WinogradParts.inc"
#include "../../Sources/CConvolutionKernels/Target/Instantiate.h"

static const struct WinogradParts *const table[] = {
    &winogradParts_float_portable,
#if defined(__x86_64__)
    &winogradParts_float_avx2,
    &winogradParts_float_avx512,
#endif
};

const struct WinogradParts *winograd_parts(enum ConvolutionInstructionSet level) { return table[level]; }

int winograd_parts_largest_tile(enum ConvolutionWinogradScheme scheme) { return winograd_largest_tile(scheme); }

int winograd_parts_taps(enum ConvolutionWinogradScheme scheme) { return winograd_taps(scheme); }

int winograd_parts_stride(enum ConvolutionWinogradScheme scheme) { return winograd_stride(scheme); }
