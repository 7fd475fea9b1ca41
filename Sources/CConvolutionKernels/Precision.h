// What a source compiled by EachPrecision.inc needs once per file, whatever the level.
#ifndef CONVOLUTION_PRECISION_H
#define CONVOLUTION_PRECISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define KERNEL(name) LEVEL_JOIN(LEVEL_JOIN(name, PRECISION_SUFFIX), LEVEL_SUFFIX)
#define Vector KERNEL(vector)
#define ALWAYS_INLINE static inline __attribute__((always_inline))

#endif
