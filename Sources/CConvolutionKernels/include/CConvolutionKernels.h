#ifndef C_CONVOLUTION_KERNELS_H
#define C_CONVOLUTION_KERNELS_H

#include "ConvolutionDepthwise.h"
#include "ConvolutionDirect.h"
#include "ConvolutionProcessor.h"
#include "ConvolutionWinograd.h"

#endif
