// What a source compiled by EachPrecision.inc needs once per file, whatever the level.
#ifndef CONVOLUTION_PRECISION_H
#define CONVOLUTION_PRECISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// A contract that the caller keeps, checked where errors are looked for: in debug builds and under sanitizers.
#if defined(DEBUG) || defined(CONVOLUTION_CHECKS_CONTRACTS)
#define REQUIRE(condition)              \
  do {                                  \
    if (!(condition)) __builtin_trap(); \
  } while (0)
#else
#define REQUIRE(condition) ((void)0)
#endif

// What becomes of finished sums beside a bias: nothing, limits, or whatever else an epilogue has.
enum convolution_finish { FINISH_PLAIN, FINISH_CLAMPED, FINISH_ANY };

// How the left operand of a tile lies: for each term all rows side by side, or each row by itself with its terms side by side;
// or the rows side by side at an offset for each term.
enum convolution_left { LEFT_PACKED, LEFT_STRIDED, LEFT_STAGED };

// What becomes of a tile's sums: any of it, outputs of which two rows are the even and the odd columns, or that they are stored.
enum convolution_goal { GOAL_ANY, GOAL_PAIRED, GOAL_PLAIN };

// A statement in which `finish` is a constant, that of some outputs.
#define WITH_FINISH(outputs, statement)                      \
  do {                                                       \
    if ((outputs)->finish == FINISH_PLAIN) {                 \
      const enum convolution_finish finish = FINISH_PLAIN;   \
      statement;                                             \
    } else if ((outputs)->finish == FINISH_CLAMPED) {        \
      const enum convolution_finish finish = FINISH_CLAMPED; \
      statement;                                             \
    } else {                                                 \
      const enum convolution_finish finish = FINISH_ANY;     \
      statement;                                             \
    }                                                        \
  } while (0)

#define KERNEL(name) LEVEL_JOIN(LEVEL_JOIN(name, PRECISION_SUFFIX), LEVEL_SUFFIX)
#define Vector KERNEL(vector)
#define ALWAYS_INLINE static inline __attribute__((always_inline))

// Adds a value to a total, scalars or vectors, and to `rest` what the rounding of that left over. D. Knuth, The Art of
// Computer Programming 2, 4.2.2.
#define ADD_EXACTLY(total, rest, value)                                        \
  do {                                                                         \
    const __typeof__(total) addedNow = (value), totalBefore = (total);         \
    const __typeof__(total) totalNow = totalBefore + addedNow;                 \
    const __typeof__(total) addedPart = totalNow - totalBefore;                \
    (rest) += (totalBefore - (totalNow - addedPart)) + (addedNow - addedPart); \
    (total) = totalNow;                                                        \
  } while (0)

#endif
