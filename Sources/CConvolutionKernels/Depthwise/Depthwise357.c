#include "../include/ConvolutionDepthwise357.h"

#include "../Target/Precision.h"

#define KERNEL_SOURCE "../Target/EachPrecision.inc"
#define PRECISION_SOURCE "../Depthwise/Depthwise357.inc"
#include "../Target/Instantiate.h"
