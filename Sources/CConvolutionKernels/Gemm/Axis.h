// Where the taps of one axis read.
#ifndef CONVOLUTION_GEMM_AXIS_H
#define CONVOLUTION_GEMM_AXIS_H

#include "../include/ConvolutionAxis.h"

// The input index whose value stands at a position that some output reads, or -1 for a zero.
static inline ptrdiff_t axisSource(const struct ConvolutionAxis *axis, ptrdiff_t position) {
  if (position >= 0 && position < axis->input) return position;
  switch (axis->border) {
  case ConvolutionBorderReflect: return position < 0 ? -position : 2 * (axis->input - 1) - position;
  case ConvolutionBorderReplicate: return position < 0 ? 0 : axis->input - 1;
  case ConvolutionBorderCircular: return position < 0 ? position + axis->input : position - axis->input;
  default: return -1;
  }
}

// Indices `first ..< end` of `0 ..< count` whose positions, `step` apart from `start` on, lie inside the input.
struct interior {
  ptrdiff_t first, end;
};

static inline struct interior axisInterior(ptrdiff_t start, ptrdiff_t step, ptrdiff_t input, ptrdiff_t count) {
  struct interior inside = {0, 0};
  if (start < 0) inside.first = step == 1 ? -start : (-start + step - 1) / step;
  if (start < input) inside.end = step == 1 ? input - start : (input - 1 - start) / step + 1;
  if (inside.end > count) inside.end = count;
  if (inside.first > inside.end) inside.first = inside.end = 0;
  return inside;
}

// The first element of a part of `count` elements cut into `parts` whose sizes differ by one at most.
static inline ptrdiff_t startOfPart(ptrdiff_t part, ptrdiff_t parts, ptrdiff_t count) {
  const ptrdiff_t more = count % parts;
  return part * (count / parts) + (part < more ? part : more);
}

static inline ptrdiff_t dividingUp(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }

static inline ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

static inline ptrdiff_t commonDivisor(ptrdiff_t a, ptrdiff_t b) {
  while (b != 0) {
    const ptrdiff_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static inline ptrdiff_t most(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

#endif
