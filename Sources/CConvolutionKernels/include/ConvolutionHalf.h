#ifndef CONVOLUTION_HALF_H
#define CONVOLUTION_HALF_H

#include <stdint.h>
#include <string.h>

/// How kernels find filters that were packed for them: as scalars, or, of Float alone, in 16 bits.
enum ConvolutionFilterFormat {
  ConvolutionFilterFormatScalar = 0,
  /// IEEE 754's format of that size.
  ConvolutionFilterFormatFloat16 = 1,
  /// The upper half of a Float.
  ConvolutionFilterFormatBFloat16 = 2
};

/// The value of 16 bits in IEEE 754's format for that size. It works on the bits: a thread that takes subnormal numbers for
/// zero reads the same numbers as any other. The only operation on floating-point numbers makes one of a small integer, which
/// is exact.
static inline float convolution_from_float16(uint16_t bits) {
  const uint32_t magnitude = bits & 0x7fff, rebias = (127 - 15) << 23, smallest = 24 << 23;
  // The largest exponent stands for infinity and NaN in both formats.
  const uint32_t normal = (magnitude << 13) + rebias + (magnitude >= 0x7c00 ? rebias : 0);
  // A subnormal number is its fraction times 2^-24; zero has no exponent to lower.
  const float fraction = (float)(int32_t)magnitude;
  uint32_t subnormal, result;
  memcpy(&subnormal, &fraction, sizeof(float));
  subnormal -= subnormal < smallest ? subnormal : smallest;
  result = (magnitude < 0x400 ? subnormal : normal) | (uint32_t)(bits & 0x8000) << 16;
  float value;
  memcpy(&value, &result, sizeof(float));
  return value;
}

/// The value of the upper half of a Float.
static inline float convolution_from_bfloat16(uint16_t bits) {
  const uint32_t result = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &result, sizeof(float));
  return value;
}

#endif
