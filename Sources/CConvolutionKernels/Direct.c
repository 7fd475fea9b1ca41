#include "include/ConvolutionDirect.h"

#include "Borders.h"
#include "Precision.h"

// Output channels and, at most, vectors of output pixels in the registers at a time.
enum { panel = ConvolutionDirectPanel, most_slots_of_a_tile = 6 };

// Products that one running sum takes. The sums of such pieces are added up, so that the rounding error does not grow
// with the length of the reduction.
enum { piece_terms = 49 };

// One vector of output pixels of a block of rows: where it reads in a channel's staged rows, where it is stored in the
// block's rows, and how many lanes of it.
struct slot {
  ptrdiff_t staged, output, count;
};

// Slots in a block of rows, filled up to whole tiles.
static ptrdiff_t slots_of_a_block(const struct ConvolutionDirect *shape, ptrdiff_t lanes) {
  const ptrdiff_t vectors = (shape->columns.output_width + lanes - 1) / lanes * shape->rows_per_block;
  return (vectors + most_slots_of_a_tile - 1) / most_slots_of_a_tile * most_slots_of_a_tile;
}

#define KERNEL_SOURCE "EachPrecision.inc"
#define PRECISION_SOURCE "Direct.inc"
#include "Instantiate.h"

size_t convolution_direct_workspace_bytes(enum ConvolutionInstructionSet set, const struct ConvolutionDirect *shape,
                                          ptrdiff_t output_count, size_t scalar_bytes) {
  const size_t vector_bytes = (size_t)16 << set;
  const size_t slots = (size_t)slots_of_a_block(shape, (ptrdiff_t)(vector_bytes / scalar_bytes));
  const size_t panels = (size_t)((output_count + panel - 1) / panel);
  const bool has_parts = shape->channels_per_part < shape->input_channels;
  const size_t sums = slots * (has_parts ? panels : 1) * panel * vector_bytes;
  const size_t terms = (size_t)(shape->rows.kernel_height * shape->columns.kernel_width * shape->channels_per_part);
  const size_t staged = (size_t)(shape->channels_per_part * row_numbers(&shape->rows, shape->rows_per_block) *
                                 shape->columns.staged_width);
  // A vector of few pixels may read past the last staged row; what it reads there is not stored.
  return sums + slots * sizeof(struct slot) + terms * sizeof(ptrdiff_t) + staged * scalar_bytes + vector_bytes;
}

void convolution_direct_float(enum ConvolutionInstructionSet set, const struct ConvolutionDirect *shape,
                              const float *input, const float *weights, const float *bias, float *output,
                              ptrdiff_t first_output, ptrdiff_t output_count, ptrdiff_t first_row, ptrdiff_t row_count,
                              void *workspace) {
  DISPATCH(set, direct_float,
           (shape, input, weights, bias, output, first_output, output_count, first_row, row_count, workspace));
}

void convolution_direct_double(enum ConvolutionInstructionSet set, const struct ConvolutionDirect *shape,
                               const double *input, const double *weights, const double *bias, double *output,
                               ptrdiff_t first_output, ptrdiff_t output_count, ptrdiff_t first_row, ptrdiff_t row_count,
                               void *workspace) {
  DISPATCH(set, direct_double,
           (shape, input, weights, bias, output, first_output, output_count, first_row, row_count, workspace));
}
