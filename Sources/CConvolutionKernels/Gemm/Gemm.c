#include "../include/ConvolutionGemm.h"

#include "../Target/Precision.h"
#include "Axis.h"

// Whether the output's pixels are the input's, one tap each, in the same order.
static bool isPointwise(const struct ConvolutionGemm *gemm) {
  const struct ConvolutionAxis *axes[2] = {&gemm->rows, &gemm->columns};
  for (int i = 0; i < 2; i++)
    if (axes[i]->kernel != 1 || axes[i]->stride != 1 || axes[i]->padding != 0 || axes[i]->input != axes[i]->output)
      return false;
  return true;
}

// Whether rows of the input are staged for the product.
static bool hasStagedRows(const struct ConvolutionGemm *gemm) {
  return gemm->source == ConvolutionSourceStagedRows || gemm->source == ConvolutionSourceStagedFactors;
}

// Whether a block's pixels lie side by side in the input.
static bool isInPlace(const struct ConvolutionGemm *gemm, const struct ConvolutionGemmBlock *block) {
  return isPointwise(gemm) && block->columns == gemm->columns.output &&
         block->firstPixel + block->pixels <= block->rows * block->columns;
}

// A pixel of a block: its image, and its row and column in the region.
struct place {
  ptrdiff_t image, row, column;
};

static struct place placeOf(const struct ConvolutionGemmBlock *block, ptrdiff_t pixel) {
  const ptrdiff_t inRegion = (block->firstPixel + pixel) % (block->rows * block->columns);
  return (struct place){(block->firstPixel + pixel) / (block->rows * block->columns), inRegion / block->columns,
                        inRegion % block->columns};
}

// Moves on to the first pixel of the next row.
static void nextRow(const struct ConvolutionGemmBlock *block, struct place *place) {
  place->column = 0;
  if (++place->row < block->rows) return;
  place->row = 0;
  place->image++;
}

// Where an output lies, counted from the first of its image's channel.
static ptrdiff_t outputOffset(const struct ConvolutionGemm *gemm, const struct ConvolutionGemmBlock *block,
                              const struct place *place) {
  return place->image * gemm->outputImage + (block->firstRow + place->row) * gemm->outputRow +
         (block->firstColumn + place->column) * gemm->outputColumn;
}

// Terms of an output's sum.
static ptrdiff_t reduction(const struct ConvolutionGemm *gemm) {
  return gemm->rows.kernel * gemm->columns.kernel * gemm->inputChannels;
}

#define KERNEL_SOURCE "../Target/EachPrecision.inc"
#define PRECISION_SOURCE "../Gemm/Gemm.inc"
#include "../Target/Instantiate.h"
