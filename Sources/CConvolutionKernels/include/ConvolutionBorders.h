#ifndef CONVOLUTION_BORDERS_H
#define CONVOLUTION_BORDERS_H

#include <stddef.h>

/// Scalars of a staged row that come from equidistant columns of an input row, or are zero.
///
/// A kernel that does not read an input row where it lies copies the columns it needs to a staged row first, borders
/// included, so that the outputs' reads are contiguous for every stride, dilation and padding mode.
struct ConvolutionColumnRun {
  /// The first scalar of the staged row and the number of them.
  ptrdiff_t target, count;
  /// The first input column and the distance to the next; -1 and 0 for zeros.
  ptrdiff_t source, step;
};

/// How output rows find their input rows.
struct ConvolutionRowMap {
  ptrdiff_t outputHeight, kernelHeight;
  /// [kernelHeight][outputHeight]: the input row, or -1 for a row of zeros.
  const ptrdiff_t *sources;
  /// The rows that a block of output rows reads are numbered: kernel row k of the block's output row i is number
  /// `i * step + k * kernelStep`, so that rows read by several outputs may have one number.
  ptrdiff_t step, kernelStep;
};

/// How output columns find their scalars in a staged row: tap column k of output column j is scalar `j + offsets[k]`.
struct ConvolutionColumnMap {
  ptrdiff_t outputWidth, kernelWidth;
  /// [kernelWidth]
  const ptrdiff_t *offsets;
  /// The scalars of a staged row, 0 where rows are read as they lie; and the runs that make it up.
  ptrdiff_t stagedWidth;
  const struct ConvolutionColumnRun *runs;
  ptrdiff_t runCount;
};

#endif
