#include "include/ConvolutionDense.h"

#include "Borders.h"
#include "Precision.h"

enum { tile_pixels = ConvolutionDensePixels };

// Products that one running sum takes. The sums of such pieces are added up, so that the rounding error does not grow
// with the length of the reduction.
enum { piece_terms = 64 };

// Some pixels with the same taps: where they read in the staged rows, and where they are stored in the block's rows.
struct pixels {
  ptrdiff_t staged[tile_pixels], output[tile_pixels], count;
  const struct ConvolutionSegment *row_segment, *column_segment;
};

// Tiles in a block of rows at most: each rectangle of segments may end with one that is not full.
static ptrdiff_t tiles_of_a_block(const struct ConvolutionDense *shape) {
  return shape->rows_per_block * shape->columns.output_width / tile_pixels +
         shape->row_segment_count * shape->column_segment_count;
}

#define KERNEL_SOURCE "EachPrecision.inc"
#define PRECISION_SOURCE "Dense.inc"
#include "Instantiate.h"

// Vectors of output channels in a panel: as many as leave room in the registers for tile_pixels rows of them.
static size_t panel_bytes(enum ConvolutionInstructionSet set) {
  const size_t vector_bytes = (size_t)16 << set;
#if defined(__x86_64__)
  return vector_bytes * (set == ConvolutionInstructionSetAVX512 ? 4 : 2);
#else
  return vector_bytes * 4;
#endif
}

ptrdiff_t convolution_dense_panel(enum ConvolutionInstructionSet set, size_t scalar_bytes) {
  return (ptrdiff_t)(panel_bytes(set) / scalar_bytes);
}

size_t convolution_dense_workspace_bytes(enum ConvolutionInstructionSet set, const struct ConvolutionDense *shape,
                                         ptrdiff_t panel_count, size_t scalar_bytes) {
  const size_t tiles = (size_t)tiles_of_a_block(shape);
  const bool has_parts = shape->channels_per_part < shape->input_channels;
  const size_t sums = (has_parts ? (size_t)panel_count * tiles : 1) * tile_pixels * panel_bytes(set);
  const size_t taps = (size_t)(shape->rows.kernel_height * shape->columns.kernel_width);
  const size_t staged = (size_t)(row_numbers(&shape->rows, shape->rows_per_block) * shape->columns.staged_width *
                                 shape->channels_per_part);
  return sums + tiles * sizeof(struct pixels) + 2 * taps * sizeof(ptrdiff_t) + staged * scalar_bytes;
}

void convolution_dense_float(enum ConvolutionInstructionSet set, const struct ConvolutionDense *shape,
                             const float *input, const float *weights, const float *bias, float *output,
                             ptrdiff_t first_panel, ptrdiff_t panel_count, ptrdiff_t first_row, ptrdiff_t row_count,
                             void *workspace) {
  DISPATCH(set, dense_float,
           (shape, input, weights, bias, output, first_panel, panel_count, first_row, row_count, workspace));
}

void convolution_dense_double(enum ConvolutionInstructionSet set, const struct ConvolutionDense *shape,
                              const double *input, const double *weights, const double *bias, double *output,
                              ptrdiff_t first_panel, ptrdiff_t panel_count, ptrdiff_t first_row, ptrdiff_t row_count,
                              void *workspace) {
  DISPATCH(set, dense_double,
           (shape, input, weights, bias, output, first_panel, panel_count, first_row, row_count, workspace));
}
