#ifndef CONVOLUTION_AXIS_H
#define CONVOLUTION_AXIS_H

#include <stddef.h>

/// What the pixels outside the input hold.
enum ConvolutionBorder {
  ConvolutionBorderZeros = 0,
  ConvolutionBorderReflect = 1,
  ConvolutionBorderReplicate = 2,
  ConvolutionBorderCircular = 3
};

/// One axis of a convolution: output `i` reads, for tap `k`, the input at `i * stride + k * dilation - padding`. The
/// padding is negative where the first input pixels are read by no output.
struct ConvolutionAxis {
  ptrdiff_t input, output, kernel, stride, dilation, padding;
  enum ConvolutionBorder border;
};

#endif
