#include "BenchmarkYardsticks.h"

// Enough independent chains for two multiply-adds a cycle of four or five cycles each, few enough for sixteen registers.
enum { chains = 12 };

// `factor` and `addend` come from outside, so that nothing is computed ahead; the sums stay between 1 and 2.
#define MULTIPLY_ADDS(name, scalar, bytes)                                                                       \
  static __attribute__((noinline)) double name(ptrdiff_t rounds, scalar factor, scalar addend) {                 \
    typedef scalar vector __attribute__((vector_size(bytes)));                                                   \
    vector sums[chains];                                                                                         \
    const vector factors = (vector){0} + factor, addends = (vector){0} + addend;                                 \
    _Pragma("clang loop unroll(full)") for (int k = 0; k < chains; k++) sums[k] = addends + (scalar)k / chains;  \
    for (ptrdiff_t round = 0; round < rounds; round++) {                                                         \
      _Pragma("clang loop unroll(full)") for (int k = 0; k < chains; k++) sums[k] = sums[k] * factors + addends; \
      /* Each round is computed: the compiler must believe that somebody looks at the sums. */                   \
      _Pragma("clang loop unroll(full)") for (int k = 0; k < chains; k++) __asm__ volatile(                      \
          "" : "+" REGISTER(sums[k]));                                                                           \
    }                                                                                                            \
    return 2.0 * chains * (bytes / sizeof(scalar)) * (double)rounds;                                             \
  }

#if defined(__aarch64__)
#define REGISTER(x) "w"(x)
#else
#define REGISTER(x) "x"(x)
#endif

MULTIPLY_ADDS(portableFloat, float, 16)
MULTIPLY_ADDS(portableDouble, double, 16)

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
MULTIPLY_ADDS(avx2Float, float, 32)
MULTIPLY_ADDS(avx2Double, double, 32)
#pragma clang attribute pop

#undef REGISTER
#define REGISTER(x) "v"(x)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx2,fma"), min_vector_width(512))), apply_to = function)
MULTIPLY_ADDS(avx512Float, float, 64)
MULTIPLY_ADDS(avx512Double, double, 64)
#pragma clang attribute pop
#endif

double benchmark_multiply_adds(enum BenchmarkLevel level, bool isDouble, ptrdiff_t rounds) {
#if defined(__x86_64__)
  if (level == BenchmarkLevelAVX512) return isDouble ? avx512Double(rounds, 0.5, 0.5) : avx512Float(rounds, 0.5f, 0.5f);
  if (level == BenchmarkLevelAVX2) return isDouble ? avx2Double(rounds, 0.5, 0.5) : avx2Float(rounds, 0.5f, 0.5f);
#endif
  return isDouble ? portableDouble(rounds, 0.5, 0.5) : portableFloat(rounds, 0.5f, 0.5f);
}
