#ifndef C_CONVOLUTION_KERNELS_H
#define C_CONVOLUTION_KERNELS_H

#include "ConvolutionDense.h"
#include "ConvolutionDepthwise.h"
#include "ConvolutionDepthwiseGradients.h"
#include "ConvolutionDepthwiseSquare.h"
#include "ConvolutionDirect.h"
#include "ConvolutionProduct.h"
#include "ConvolutionProcessor.h"
#include "ConvolutionSystem.h"
#include "ConvolutionWinograd.h"

#endif
