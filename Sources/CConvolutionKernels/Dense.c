#include "include/ConvolutionDense.h"

#include "Borders.h"
#include "Precision.h"

enum { tilePixels = ConvolutionDensePixels };

// Products that one running sum takes. The sums of such pieces are added up, so that the rounding error does not grow
// with the length of the reduction.
enum { pieceTerms = 64 };

// Some pixels with the same taps: where they read in the staged rows, and where they are stored in the block's rows.
struct pixels {
  ptrdiff_t staged[tilePixels], output[tilePixels], count;
  const struct ConvolutionSegment *rowSegment, *columnSegment;
};

// Tiles in a block of rows at most: each rectangle of segments may end with one that is not full.
static ptrdiff_t tilesOfABlock(const struct ConvolutionDense *shape) {
  return shape->rowsPerBlock * shape->columns.outputWidth / tilePixels +
         shape->rowSegmentCount * shape->columnSegmentCount;
}

#define KERNEL_SOURCE "EachPrecision.inc"
#define PRECISION_SOURCE "Dense.inc"
#include "Instantiate.h"

// Vectors of output channels in a panel: as many as leave room in the registers for tilePixels rows of them.
static size_t panelBytes(enum ConvolutionInstructionSet set) {
  const size_t vectorBytes = (size_t)16 << set;
#if defined(__x86_64__)
  return vectorBytes * (set == ConvolutionInstructionSetAVX512 ? 4 : 2);
#else
  return vectorBytes * 4;
#endif
}

ptrdiff_t convolution_dense_panel(enum ConvolutionInstructionSet set, size_t scalarBytes) {
  return (ptrdiff_t)(panelBytes(set) / scalarBytes);
}

size_t convolution_dense_workspace_bytes(enum ConvolutionInstructionSet set, const struct ConvolutionDense *shape,
                                         ptrdiff_t panelCount, size_t scalarBytes) {
  const size_t tiles = (size_t)tilesOfABlock(shape);
  const bool hasParts = shape->channelsPerPart < shape->inputChannels;
  const size_t sums = (hasParts ? (size_t)panelCount * tiles : 1) * tilePixels * panelBytes(set);
  const size_t taps = (size_t)(shape->rows.kernelHeight * shape->columns.kernelWidth);
  const size_t staged = (size_t)(rowNumbers(&shape->rows, shape->rowsPerBlock) * shape->columns.stagedWidth *
                                 shape->channelsPerPart);
  return sums + tiles * sizeof(struct pixels) + 2 * taps * sizeof(ptrdiff_t) + staged * scalarBytes;
}

void convolution_dense_float(enum ConvolutionInstructionSet set, const struct ConvolutionDense *shape,
                             const float *input, const float *weights, const float *bias, float *output,
                             ptrdiff_t firstPanel, ptrdiff_t panelCount, ptrdiff_t firstRow, ptrdiff_t rowCount,
                             void *workspace) {
  DISPATCH(set, dense_float,
           (shape, input, weights, bias, output, firstPanel, panelCount, firstRow, rowCount, workspace));
}

void convolution_dense_double(enum ConvolutionInstructionSet set, const struct ConvolutionDense *shape,
                              const double *input, const double *weights, const double *bias, double *output,
                              ptrdiff_t firstPanel, ptrdiff_t panelCount, ptrdiff_t firstRow, ptrdiff_t rowCount,
                              void *workspace) {
  DISPATCH(set, dense_double,
           (shape, input, weights, bias, output, firstPanel, panelCount, firstRow, rowCount, workspace));
}
