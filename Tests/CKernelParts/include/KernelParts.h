#ifndef KERNEL_PARTS_H
#define KERNEL_PARTS_H

#include <ConvolutionHalf.h>
#include <ConvolutionProcessor.h>
#include <ConvolutionWinograd.h>
#include <stddef.h>

// What the kernels inline from Vector/ and Winograd/, each as a function of its own, so that it can be tested and timed by
// itself. The level must not be above `convolution_supported_instruction_set()`.

/// What one level does with vectors of a scalar. All pointers are to such scalars, and need no alignment.
struct KernelParts {
  /// Scalars of a vector.
  ptrdiff_t lanes;

  /// The first `count` lanes of the result are loaded, the others are zero.
  void (*load_first)(const void *source, ptrdiff_t count, void *result);
  /// The columns start ..< start + lanes of a row, zero outside of it.
  void (*load_within)(const void *row, ptrdiff_t start, ptrdiff_t width, void *result);
  void (*store_first)(void *target, const void *value, ptrdiff_t count);
  /// The first `count` lanes, `step` apart; what lies between them stays.
  void (*store_apart)(void *target, const void *value, ptrdiff_t step, ptrdiff_t count);
  void (*load_apart)(const void *source, ptrdiff_t step, ptrdiff_t count, void *result);

  /// Every other one of 2 * lanes scalars, in order.
  void (*even_lanes)(const void *pair, void *result);
  void (*odd_lanes)(const void *pair, void *result);
  /// A vector in the order that one shuffle gives, and from it to the order it had.
  void (*there_and_back)(const void *value, void *result);
  /// The lanes of two vectors in turn: 2 * lanes scalars.
  void (*in_turn)(const void *first, const void *second, void *result);
  /// A square of lanes * lanes scalars.
  void (*transpose)(const void *square, void *result);
  /// The larger of two, lane by lane, by a comparison and `select`.
  void (*larger)(const void *first, const void *second, void *result);

  /// A vector of numbers of 16 bits, in one of the two formats; null for Double.
  void (*widen)(enum ConvolutionFilterFormat format, const uint16_t *source, void *result);

  /// What a processor does at its best: `count` vectors of independent multiplications and additions from registers, and a
  /// copy of `count` scalars, a multiple of `lanes`.
  void (*multiply_and_add)(ptrdiff_t count, void *result);
  void (*copy)(const void *source, void *target, ptrdiff_t count);

  /// Some of the above for `vectors` vectors that follow each other, to be timed: loads of the first `count` lanes, loads from
  /// the lane before a row of `count` on, stores of the first `count` lanes; pairs of vectors split into even and odd lanes,
  /// and their lanes put in turn.
  void (*load_many_first)(const void *source, void *target, ptrdiff_t vectors, ptrdiff_t count);
  void (*load_many_within)(const void *source, void *target, ptrdiff_t vectors, ptrdiff_t count);
  void (*store_many_first)(const void *source, void *target, ptrdiff_t vectors, ptrdiff_t count);
  void (*split_many)(const void *source, void *target, ptrdiff_t vectors, ptrdiff_t count);
  void (*join_many)(const void *source, void *target, ptrdiff_t vectors, ptrdiff_t count);
};

/// Calls a part `count` times.
void kernel_parts_repeat(void (*part)(const void *, void *), const void *source, void *target, ptrdiff_t count);

/// Double where `isDouble`, otherwise Float.
const struct KernelParts *kernel_parts(enum ConvolutionInstructionSet level, int isDouble);

/// A scheme's outputs of its largest tile, the taps of an output, and the distance of outputs.
int winograd_parts_largest_tile(enum ConvolutionWinogradScheme scheme);
int winograd_parts_taps(enum ConvolutionWinogradScheme scheme);
int winograd_parts_stride(enum ConvolutionWinogradScheme scheme);

/// Winograd's transforms of one axis at one level. Each takes and gives arrays of vectors, `[…][lanes]`.
struct WinogradParts {
  ptrdiff_t lanes;
  void (*input)(enum ConvolutionWinogradScheme scheme, int tile, const float *patch, float *samples);
  void (*filter)(enum ConvolutionWinogradScheme scheme, const float *taps, float *samples);
  void (*output)(enum ConvolutionWinogradScheme scheme, int tile, const float *products, float *outputs);
  void (*output_gradient)(enum ConvolutionWinogradScheme scheme, int tile, const float *gradients, float *products);
  void (*filter_gradient)(enum ConvolutionWinogradScheme scheme, const float *gradients, float *taps);
};

const struct WinogradParts *winograd_parts(enum ConvolutionInstructionSet level);

#endif
