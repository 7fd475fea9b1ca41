#include "include/ConvolutionDepthwise.h"

#include "Borders.h"
#include "Precision.h"

enum { tileRows = ConvolutionDepthwiseRows };
// Bytes of a plane that is small, and how many of such stay in the first-level cache from tile to tile.
enum { smallPlane = 1 << 10, channelsOfSmallPlanes = 16 };

// Scalars of a row that a tile reads.
static ptrdiff_t rowScalars(const struct ConvolutionDepthwise *shape) {
  return shape->columns.stagedWidth > 0 ? shape->columns.stagedWidth : shape->inputWidth;
}

// What is behind a row number of a tile: the first output row of the tile that reads the row, and the entry of the row map
// that names it, less the tile's first output row.
struct rowUse {
  ptrdiff_t outputRow, entry;
};

static void findRowUses(const struct ConvolutionRowMap *map, struct rowUse *uses) {
  // A number that no output row has is nobody's.
  for (ptrdiff_t number = 0; number < rowNumbers(map, tileRows); number++) uses[number].outputRow = tileRows;
  for (ptrdiff_t i = tileRows - 1; i >= 0; i--)
    for (ptrdiff_t k = 0; k < map->kernelHeight; k++)
      uses[i * map->step + k * map->kernelStep] = (struct rowUse){i, k * map->outputHeight + i};
}

// The input row of every row number of the tile at output row `first`; -1 for zeros, and for rows that only output rows
// beyond the `validRows` read, which are computed but not stored.
static void findSources(const struct ConvolutionRowMap *map, const struct rowUse *uses, ptrdiff_t first,
                        ptrdiff_t validRows, ptrdiff_t *sources) {
  const ptrdiff_t count = rowNumbers(map, tileRows);
  const ptrdiff_t *tileSources = map->sources + first;
  for (ptrdiff_t number = 0; number < count; number++)
    sources[number] = uses[number].outputRow < validRows ? tileSources[uses[number].entry] : -1;
}

#define KERNEL_SOURCE "EachPrecision.inc"
#define PRECISION_SOURCE "Depthwise.inc"
#include "Instantiate.h"

size_t convolution_depthwise_workspace_bytes(const struct ConvolutionDepthwise *shape, size_t scalarBytes) {
  const size_t rows = (size_t)rowNumbers(&shape->rows, tileRows);
  const size_t scalars = (size_t)rowScalars(shape) * (shape->columns.stagedWidth > 0 ? rows + 1 : 1);
  return rows * (sizeof(struct rowUse) + sizeof(ptrdiff_t) + sizeof(void *)) + scalars * scalarBytes;
}

void convolution_depthwise_float(enum ConvolutionInstructionSet set, const struct ConvolutionDepthwise *shape,
                                 const float *input, const float *weights, const float *bias, float *output,
                                 ptrdiff_t firstChannel, ptrdiff_t channelCount, ptrdiff_t firstRow,
                                 ptrdiff_t rowCount, void *workspace) {
  DISPATCH(set, depthwise_float, (shape, input, weights, bias, output, firstChannel, channelCount, firstRow,
                                  rowCount, workspace));
}

void convolution_depthwise_double(enum ConvolutionInstructionSet set, const struct ConvolutionDepthwise *shape,
                                  const double *input, const double *weights, const double *bias, double *output,
                                  ptrdiff_t firstChannel, ptrdiff_t channelCount, ptrdiff_t firstRow,
                                  ptrdiff_t rowCount, void *workspace) {
  DISPATCH(set, depthwise_double, (shape, input, weights, bias, output, firstChannel, channelCount, firstRow,
                                   rowCount, workspace));
}
