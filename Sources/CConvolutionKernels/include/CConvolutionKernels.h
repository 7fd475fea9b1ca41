#ifndef C_CONVOLUTION_KERNELS_H
#define C_CONVOLUTION_KERNELS_H

#include "ConvolutionInstructionSet.h"

#endif
