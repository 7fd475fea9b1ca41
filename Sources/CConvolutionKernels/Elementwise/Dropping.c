#include <string.h>

#include "../include/ConvolutionElementwise.h"

// SplitMix64's step and mixing function (G. Steele, D. Lea, C. Flood: Fast Splittable Pseudorandom Number Generators,
// 2014), used as a function of a counter, so that any part can be computed by itself.
static const uint64_t step = 0x9E3779B97F4A7C15;

static inline uint64_t mixed(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

// A copy of constant size is a load; one of either size is a call of memcpy.
#define HASH(bitsType)                                          \
  for (ptrdiff_t i = 0; i < count; i++) {                       \
    bitsType bits;                                              \
    memcpy(&bits, (const bitsType *)x + i, sizeof bits);        \
    sum += mixed(bits + (firstIndex + (uint64_t)i + 1) * step); \
  }

uint64_t convolution_hash(size_t scalarBytes, const void *x, uint64_t firstIndex, ptrdiff_t count) {
  uint64_t sum = 0;
  if (scalarBytes == sizeof(float)) HASH(uint32_t)
  else HASH(uint64_t)
  return sum;
}

static inline int isKept(uint64_t key, uint64_t index, double rate) {
  // 53 random bits make a number of [0, 1).
  return (double)(mixed(key + (index + 1) * step) >> 11) * 0x1p-53 >= rate;
}

#define DROP(type)                      \
  for (ptrdiff_t i = 0; i < count; i++) \
  ((type *)result)[i] = isKept(key, firstIndex + (uint64_t)i, rate) ? ((const type *)x)[i] * (type)scale : 0

void convolution_drop(size_t scalarBytes, uint64_t key, uint64_t firstIndex, double rate, double scale, const void *x,
                      void *result, ptrdiff_t count) {
  if (scalarBytes == sizeof(float)) DROP(float);
  else DROP(double);
}
