#include "include/ConvolutionDirect.h"

#include "Borders.h"
#include "Precision.h"

// Output channels and, at most, vectors of output pixels in the registers at a time.
enum { panel = ConvolutionDirectPanel, mostSlotsOfATile = 6 };

// Products that one running sum takes. The sums of such pieces are added up, so that the rounding error does not grow
// with the length of the reduction.
enum { pieceTerms = 49 };

// One vector of output pixels of a block of rows: where it reads in a channel's staged rows, where it is stored in the
// block's rows, and how many lanes of it.
struct slot {
  ptrdiff_t staged, output, count;
};

// Slots in a block of rows, filled up to whole tiles.
static ptrdiff_t slotsOfABlock(const struct ConvolutionDirect *shape, ptrdiff_t lanes) {
  const ptrdiff_t vectors = (shape->columns.outputWidth + lanes - 1) / lanes * shape->rowsPerBlock;
  return (vectors + mostSlotsOfATile - 1) / mostSlotsOfATile * mostSlotsOfATile;
}

#define KERNEL_SOURCE "EachPrecision.inc"
#define PRECISION_SOURCE "Direct.inc"
#include "Instantiate.h"

size_t convolution_direct_workspace_bytes(enum ConvolutionInstructionSet set, const struct ConvolutionDirect *shape,
                                          ptrdiff_t outputCount, size_t scalarBytes) {
  const size_t vectorBytes = (size_t)16 << set;
  const size_t slots = (size_t)slotsOfABlock(shape, (ptrdiff_t)(vectorBytes / scalarBytes));
  const size_t panels = (size_t)((outputCount + panel - 1) / panel);
  const bool hasParts = shape->channelsPerPart < shape->inputChannels;
  const size_t sums = slots * (hasParts ? panels : 1) * panel * vectorBytes;
  const size_t terms = (size_t)(shape->rows.kernelHeight * shape->columns.kernelWidth * shape->channelsPerPart);
  const size_t staged = (size_t)(shape->channelsPerPart * rowNumbers(&shape->rows, shape->rowsPerBlock) *
                                 shape->columns.stagedWidth);
  // A vector of few pixels may read past the last staged row; what it reads there is not stored.
  return sums + slots * sizeof(struct slot) + terms * sizeof(ptrdiff_t) + staged * scalarBytes + vectorBytes;
}

void convolution_direct_float(enum ConvolutionInstructionSet set, const struct ConvolutionDirect *shape,
                              const float *input, const float *weights, const float *bias, float *output,
                              ptrdiff_t firstOutput, ptrdiff_t outputCount, ptrdiff_t firstRow, ptrdiff_t rowCount,
                              void *workspace) {
  DISPATCH(set, direct_float,
           (shape, input, weights, bias, output, firstOutput, outputCount, firstRow, rowCount, workspace));
}

void convolution_direct_double(enum ConvolutionInstructionSet set, const struct ConvolutionDirect *shape,
                               const double *input, const double *weights, const double *bias, double *output,
                               ptrdiff_t firstOutput, ptrdiff_t outputCount, ptrdiff_t firstRow, ptrdiff_t rowCount,
                               void *workspace) {
  DISPATCH(set, direct_double,
           (shape, input, weights, bias, output, firstOutput, outputCount, firstRow, rowCount, workspace));
}
