#ifndef CONVOLUTION_BORDERS_INTERNAL_H
#define CONVOLUTION_BORDERS_INTERNAL_H

#include <stdbool.h>

#include "include/ConvolutionBorders.h"

// The numbers that the rows of a block of `count` output rows have: 0 ..< this.
static inline ptrdiff_t rowNumbers(const struct ConvolutionRowMap *rows, ptrdiff_t count) {
  return (count - 1) * rows->step + (rows->kernelHeight - 1) * rows->kernelStep + 1;
}

// Whether kernel row k of output row i of a block has a number that an earlier output row of the block gave it too.
static inline bool rowIsKnown(const struct ConvolutionRowMap *rows, ptrdiff_t i, ptrdiff_t k) {
  return i > 0 && rows->step % rows->kernelStep == 0 && k + rows->step / rows->kernelStep < rows->kernelHeight;
}

#endif
