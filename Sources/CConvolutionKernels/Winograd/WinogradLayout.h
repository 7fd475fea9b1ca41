#ifndef WINOGRAD_LAYOUT_H
#define WINOGRAD_LAYOUT_H

#include "WinogradScheme.h"

// Rows of the matrices are this many floats longer than their depth, so that rows of a power-of-two depth do not all
// fall into the same few sets of the cache.
enum { WinogradRowPadding = 16 };

// Where the matrices of a block lie. At position (i, j) the transformed input is a matrix with one row for every tile that
// is large enough to have that position. Tile sizes never increase along an axis, so these tiles are the first ones of each
// axis, and tile (row, column) of image n is row (n * tileRows[i] + row) * tileColumns[j] + column.
struct WinogradLayout {
  int rowPositions, columnPositions;
  ptrdiff_t tileRows[WinogradMaximumPositions], tileColumns[WinogradMaximumPositions];
  ptrdiff_t paddedChannels;
  ptrdiff_t matrixOffset[WinogradMaximumPositions][WinogradMaximumPositions]; // transformed input
  ptrdiff_t productOffset[WinogradMaximumPositions][WinogradMaximumPositions]; // in rows
  ptrdiff_t matrixSize, productRows;
};

static inline ptrdiff_t winograd_round_up(ptrdiff_t value, ptrdiff_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

static inline ptrdiff_t winograd_depth(enum ConvolutionWinogradScheme scheme, ptrdiff_t paddedChannels, int row,
                                       int column) {
  return paddedChannels * winograd_slots(scheme, row) * winograd_slots(scheme, column);
}

// Where the samples of transformed filters lie in a panel, for its first input channel: positions follow each other, each
// a matrix of [depth][channel in the panel].
static inline ptrdiff_t winograd_filter_layout(enum ConvolutionWinogradScheme scheme, ptrdiff_t paddedChannels,
                                               ptrdiff_t panelLanes,
                                               ptrdiff_t offsets[WinogradMaximumPatch][WinogradMaximumPatch]) {
  const int largest = winograd_largest_tile(scheme);
  const int positions = winograd_positions(scheme, largest), samples = winograd_patch(scheme, largest);
  ptrdiff_t positionOffsets[WinogradMaximumPositions][WinogradMaximumPositions], size = 0;
  for (int i = 0; i < positions; i++)
    for (int j = 0; j < positions; j++) {
      positionOffsets[i][j] = size;
      size += winograd_depth(scheme, paddedChannels, i, j) * panelLanes + WinogradRowPadding;
    }
  for (int row = 0; row < samples; row++)
    for (int column = 0; column < samples; column++) {
      const int i = winograd_sample_position(scheme, largest, row);
      const int j = winograd_sample_position(scheme, largest, column);
      const int slot = winograd_sample_slot(scheme, largest, row) * winograd_slots(scheme, j) +
                       winograd_sample_slot(scheme, largest, column);
      offsets[row][column] = positionOffsets[i][j] + slot * paddedChannels * panelLanes;
    }
  return size;
}

static inline struct WinogradLayout winograd_layout(const struct ConvolutionWinogradLayer *layer,
                                                    const struct ConvolutionWinogradBlock *block, ptrdiff_t lanes) {
  struct WinogradLayout layout = {.paddedChannels = winograd_round_up(layer->inputChannels, lanes)};
  const int32_t *rowSizes = layer->rows.tileSizes + block->firstTileRow;
  const int32_t *columnSizes = layer->columns.tileSizes + block->firstTileColumn;
  layout.rowPositions = winograd_positions(layer->scheme, rowSizes[0]);
  layout.columnPositions = winograd_positions(layer->scheme, columnSizes[0]);
  for (ptrdiff_t tile = 0; tile < block->tileRows; tile++)
    for (int i = 0; i < winograd_positions(layer->scheme, rowSizes[tile]); i++) layout.tileRows[i]++;
  for (ptrdiff_t tile = 0; tile < block->tileColumns; tile++)
    for (int j = 0; j < winograd_positions(layer->scheme, columnSizes[tile]); j++) layout.tileColumns[j]++;
  for (int i = 0; i < layout.rowPositions; i++)
    for (int j = 0; j < layout.columnPositions; j++) {
      ptrdiff_t rows = block->images * layout.tileRows[i] * layout.tileColumns[j];
      layout.matrixOffset[i][j] = layout.matrixSize;
      layout.productOffset[i][j] = layout.productRows;
      layout.matrixSize += rows * (winograd_depth(layer->scheme, layout.paddedChannels, i, j) + WinogradRowPadding);
      layout.productRows += rows;
    }
  return layout;
}

// How far the first and the last tap along an axis lie apart.
static inline ptrdiff_t winograd_reach(enum ConvolutionWinogradScheme scheme,
                                       const struct ConvolutionWinogradAxis *axis) {
  return (ptrdiff_t)(winograd_taps(scheme) - 1) * axis->step;
}

// The part of the padded plane that an axis of a block reads, and the outputs that it computes.
struct WinogradSpan {
  ptrdiff_t firstSample, samples;
  ptrdiff_t firstOutput, outputs; // outputs: with those beyond the output's edge
};

static inline struct WinogradSpan winograd_span(enum ConvolutionWinogradScheme scheme,
                                                const struct ConvolutionWinogradAxis *axis, ptrdiff_t firstTile,
                                                ptrdiff_t tiles) {
  const int stride = winograd_stride(scheme);
  const ptrdiff_t lastSet = (firstTile + tiles - 1) / axis->step * axis->step; // its first tile is its largest
  const ptrdiff_t firstOutput = axis->tileStarts[firstTile], lastSetOffset = axis->tileStarts[lastSet] - firstOutput;
  return (struct WinogradSpan){
      .firstSample = firstOutput * stride,
      .samples = lastSetOffset * stride + axis->step * winograd_patch(scheme, axis->tileSizes[lastSet]),
      .firstOutput = firstOutput,
      .outputs = lastSetOffset + axis->step * axis->tileSizes[lastSet]};
}

#endif
