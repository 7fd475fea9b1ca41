#ifndef C_CONVOLUTION_KERNELS_H
#define C_CONVOLUTION_KERNELS_H

#include "ConvolutionDense.h"
#include "ConvolutionDepthwise.h"
#include "ConvolutionDepthwiseGradients.h"
#include "ConvolutionDepthwiseSquare.h"
#include "ConvolutionDirect.h"
#include "ConvolutionElementwise.h"
#include "ConvolutionProduct.h"
#include "ConvolutionProcessor.h"
#include "ConvolutionWindows.h"
#include "ConvolutionWinograd.h"

#endif
