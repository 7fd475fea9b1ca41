#ifndef C_CONVOLUTION_KERNELS_H
#define C_CONVOLUTION_KERNELS_H

#include "ConvolutionDepthwise357.h"
#include "ConvolutionElementwise.h"
#include "ConvolutionEpilogue.h"
#include "ConvolutionFiles.h"
#include "ConvolutionGemm.h"
#include "ConvolutionHalf.h"
#include "ConvolutionProcessor.h"
#include "ConvolutionSystem.h"
#include "ConvolutionWindows.h"
#include "ConvolutionWinograd.h"

/// The scalars that kernels are compiled for.
enum ConvolutionScalarKind { ConvolutionScalarFloat = 0, ConvolutionScalarDouble = 1 };

/// Every kernel of one level and scalar.
struct ConvolutionKernels {
  /// Scalars of a vector.
  ptrdiff_t lanes;
  const struct ConvolutionGemmKernels *gemm;
  const struct ConvolutionDepthwise357Kernels *depthwise357;
};

/// The kernels of a level and a scalar: the one place where either is chosen. The level must not be above
/// `convolution_supported_instruction_set()`: the processor would meet an instruction it does not have.
const struct ConvolutionKernels *convolution_kernels(enum ConvolutionInstructionSet level,
                                                     enum ConvolutionScalarKind scalar);

#endif
