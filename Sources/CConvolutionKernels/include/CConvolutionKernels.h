#ifndef C_CONVOLUTION_KERNELS_H
#define C_CONVOLUTION_KERNELS_H

#include "ConvolutionProcessor.h"
#include "ConvolutionWinograd.h"

#endif
