// Compiles one kernel source once per instruction-set level. A kernel's .c file says
//
//     #define KERNEL_SOURCE "Depthwise.inc"
//     #include "Instantiate.h"
//
// and the source, which is included up to three times, writes every name of file scope as LEVEL(name) and sees
//
//     LEVEL(name)     the name with the level's suffix: name_portable, name_avx2, name_avx512
//     FLOAT_LANES     floats in one vector register: 4, 8, 16
//     DOUBLE_LANES    doubles in one vector register: 2, 4, 8
//     VECTOR_REGISTERS   architectural vector registers: 16 or 32
//     HAS_FMA         1 where a * b + c may be contracted to one instruction
//
// DISPATCH(set, name, (arguments)) afterwards calls the version for a level.
//
// CONVOLUTION_WIDE_ON_AVX2 compiles the AVX-512 level for AVX2 (every vector becomes two registers): that lets the
// logic of the sixteen-lane code be tested on a processor without AVX-512. It is never set in a released build.
#ifndef KERNEL_SOURCE
#error "define KERNEL_SOURCE before including Instantiate.h"
#endif

#define LEVEL_JOIN2(name, suffix) name##_##suffix
#define LEVEL_JOIN(name, suffix) LEVEL_JOIN2(name, suffix)
#define LEVEL(name) LEVEL_JOIN(name, LEVEL_SUFFIX)

#define LEVEL_SUFFIX portable
#define FLOAT_LANES 4
#define DOUBLE_LANES 2
#if defined(__aarch64__)
#define VECTOR_REGISTERS 32
#define HAS_FMA 1
#else
#define VECTOR_REGISTERS 16
#define HAS_FMA 0
#endif
#include KERNEL_SOURCE
#include "EndLevel.h"

#if defined(__x86_64__)
#define LEVEL_SUFFIX avx2
#define FLOAT_LANES 8
#define DOUBLE_LANES 4
#define VECTOR_REGISTERS 16
#define HAS_FMA 1
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include KERNEL_SOURCE
#pragma clang attribute pop
#include "EndLevel.h"

#define LEVEL_SUFFIX avx512
#define FLOAT_LANES 16
#define DOUBLE_LANES 8
#define VECTOR_REGISTERS 32
#define HAS_FMA 1
#ifdef CONVOLUTION_WIDE_ON_AVX2
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#else
#pragma clang attribute push(                                                                      \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"), min_vector_width(512))), \
    apply_to = function)
#endif
#include KERNEL_SOURCE
#pragma clang attribute pop
#include "EndLevel.h"

#define DISPATCH(set, name, arguments)                                    \
  do {                                                                    \
    switch (set) {                                                        \
    case ConvolutionInstructionSetAVX512: name##_avx512 arguments; break; \
    case ConvolutionInstructionSetAVX2: name##_avx2 arguments; break;     \
    default: name##_portable arguments; break;                            \
    }                                                                     \
  } while (0)
#else
#define DISPATCH(set, name, arguments) \
  do {                                 \
    (void)(set);                       \
    name##_portable arguments;         \
  } while (0)
#endif
