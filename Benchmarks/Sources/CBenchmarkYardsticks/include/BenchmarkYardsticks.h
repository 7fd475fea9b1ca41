#ifndef BENCHMARK_YARDSTICKS_H
#define BENCHMARK_YARDSTICKS_H

#include <stdbool.h>
#include <stddef.h>

/// Which instructions a loop is compiled for. The caller must not pass what the processor does not have.
enum BenchmarkLevel {
  BenchmarkLevelPortable, // what the compiler assumes: SSE2 on x86-64, NEON on aarch64
  BenchmarkLevelAVX2, // AVX2 and FMA
  BenchmarkLevelAVX512
};

/// Multiplies and adds in registers alone, so many rounds of independent chains, and returns how many operations that were:
/// a multiplication and an addition for each lane. No other loop of this precision does more of them in the same time.
double benchmark_multiply_adds(enum BenchmarkLevel level, bool isDouble, ptrdiff_t rounds);

#endif
