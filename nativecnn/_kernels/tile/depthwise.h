/* Depthwise convolution: vectors lie across channels, each with its own kernel. Windows are read through pointers to
 * pixels, one for each row and column that the tile's windows see. */

#include "channels.h"

/* Vectors side by side: the weights of 3 × 3 taps, or their gradients, stay in registers. */
#define DEPTHWISE_VECTORS (TILE_PIXELS * TILE_VECTORS >= 20 ? 2 : 1)
#define DEPTHWISE_TAPS 9
#define DEPTHWISE_PIXELS 4 /* of a row at a time, where windows overlap */

/* `pixels` pixels of a row in which the pointers of neighbours lie `stride` apart, with weights held in registers. What
 * several windows see is loaded once; each sum takes its terms in order all the same. */
static ALWAYS_INLINE void NAME(depthwise_pixels)(const nativecnn_depthwise_tile *tile, const float *const *inputs,
                                                 ptrdiff_t from, float *output,
                                                 VECTOR weight[DEPTHWISE_TAPS][DEPTHWISE_VECTORS], const int tap_rows,
                                                 const int tap_columns, const int pixels, const int stride,
                                                 const int vectors) {
    const ptrdiff_t offset = tile->offset + from;
    VECTOR total[DEPTHWISE_PIXELS][TILE_VECTORS];
    UNROLL for (int p = 0; p < pixels; p++) {
        UNROLL for (int v = 0; v < vectors; v++) { total[p][v] = VECTOR_ZERO(); }
    }
    UNROLL for (int r = 0; r < tap_rows; r++) {
        UNROLL for (int j = 0; j < (pixels - 1) * stride + tap_columns; j++) {
            const float *input = inputs[r * tile->tap_row + j * tile->tap_column] + offset;
            VECTOR value[DEPTHWISE_VECTORS];
            UNROLL for (int v = 0; v < vectors; v++) { value[v] = VECTOR_LOAD(input + v * LANES); }
            UNROLL for (int p = 0; p < pixels; p++) {
                const int s = j - p * stride;
                if (0 <= s && s < tap_columns) {
                    UNROLL for (int v = 0; v < vectors; v++) {
                        total[p][v] = VECTOR_FMA(value[v], weight[r * tap_columns + s][v], total[p][v]);
                    }
                }
            }
        }
    }
    float *targets[DEPTHWISE_PIXELS];
    UNROLL for (int p = 0; p < pixels; p++) { targets[p] = output + p * tile->output_column; }
    NAME(finish_sums)(pixels, vectors, LANES, tile->epilogue, tile->filter + from, targets, total);
    UNROLL for (int p = 0; p < pixels; p++) {
        UNROLL for (int v = 0; v < vectors; v++) { VECTOR_STORE(targets[p] + v * LANES, total[p][v]); }
    }
}

/* Whole vectors of channels from `from` on, weights held in registers. `stride` is that of the pointers, or 0: any. */
static ALWAYS_INLINE void NAME(depthwise_held)(const nativecnn_depthwise_tile *tile, ptrdiff_t from, const int tap_rows,
                                               const int tap_columns, const int stride, const int vectors) {
    VECTOR weight[DEPTHWISE_TAPS][DEPTHWISE_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) {
        UNROLL for (int r = 0; r < tap_rows; r++) {
            UNROLL for (int s = 0; s < tap_columns; s++) {
                weight[r * tap_columns + s][v] =
                    VECTOR_LOAD(tile->weights + r * tile->weight_row + s * tile->weight_column + from + v * LANES);
            }
        }
    }
    const ptrdiff_t columns = tile->columns;
    for (ptrdiff_t row = 0; row < tile->rows; row++) {
        const float *const *inputs = tile->inputs + row * tile->input_row;
        float *output = tile->outputs + row * tile->output_row + from;
        if (stride > 0 && columns >= DEPTHWISE_PIXELS) {
            /* The last pixels may be computed twice. */
            for (ptrdiff_t column = 0; column < columns; column += DEPTHWISE_PIXELS) {
                const ptrdiff_t first = column <= columns - DEPTHWISE_PIXELS ? column : columns - DEPTHWISE_PIXELS;
                NAME(depthwise_pixels)(tile, inputs + first * stride, from, output + first * tile->output_column,
                                       weight, tap_rows, tap_columns, DEPTHWISE_PIXELS, stride, vectors);
            }
            continue;
        }
        for (ptrdiff_t column = 0; column < columns; column++)
            NAME(depthwise_pixels)(tile, inputs + column * tile->input_column, from,
                                   output + column * tile->output_column, weight, tap_rows, tap_columns, 1, 1, vectors);
    }
}

/* One vector of channels, of which the first `count` are there, and any number of taps. */
static void NAME(depthwise_any)(const nativecnn_depthwise_tile *tile, ptrdiff_t from, ptrdiff_t tap_rows,
                                ptrdiff_t tap_columns, int count) {
    for (ptrdiff_t row = 0; row < tile->rows; row++) {
        for (ptrdiff_t column = 0; column < tile->columns; column++) {
            const float *const *inputs = tile->inputs + row * tile->input_row + column * tile->input_column;
            float *output = tile->outputs + row * tile->output_row + column * tile->output_column + from;
            VECTOR total[1][TILE_VECTORS];
            total[0][0] = VECTOR_ZERO();
            for (ptrdiff_t r = 0; r < tap_rows; r++) {
                for (ptrdiff_t s = 0; s < tap_columns; s++) {
                    const float *input = inputs[r * tile->tap_row + s * tile->tap_column] + tile->offset + from;
                    const float *weight = tile->weights + r * tile->weight_row + s * tile->weight_column + from;
                    total[0][0] =
                        VECTOR_FMA(NAME(load_channels)(input, count), NAME(load_channels)(weight, count), total[0][0]);
                }
            }
            NAME(finish_sums)(1, 1, count, tile->epilogue, tile->filter + from, &output, total);
            NAME(store_channels)(output, total[0][0], count);
        }
    }
}

static ALWAYS_INLINE void NAME(depthwise_body)(const nativecnn_depthwise_tile *tile, const int tap_rows,
                                               const int tap_columns, const int stride) {
    const ptrdiff_t channels = tile->channels;
    ptrdiff_t from = 0;
    for (; from + DEPTHWISE_VECTORS * LANES <= channels; from += DEPTHWISE_VECTORS * LANES)
        NAME(depthwise_held)(tile, from, tap_rows, tap_columns, stride, DEPTHWISE_VECTORS);
    for (; from + LANES <= channels; from += LANES)
        NAME(depthwise_held)(tile, from, tap_rows, tap_columns, stride, 1);
    if (from < channels)
        NAME(depthwise_any)(tile, from, tap_rows, tap_columns, (int)(channels - from));
}

/* A kernel for each small number of tap rows and columns: DO(rows, columns). */
#define EACH_WINDOW(DO) DO(1, 1) DO(1, 2) DO(1, 3) DO(2, 1) DO(2, 2) DO(2, 3) DO(3, 1) DO(3, 2) DO(3, 3)

#define DEPTHWISE(rows, columns)                                                                                       \
    static void NAME(depthwise_##rows##_##columns)(const nativecnn_depthwise_tile *tile) {                             \
        NAME(depthwise_body)(tile, rows, columns, 0);                                                                  \
    }
EACH_WINDOW(DEPTHWISE)
static void NAME(depthwise_3_3_stride_1)(const nativecnn_depthwise_tile *tile) { NAME(depthwise_body)(tile, 3, 3, 1); }
static void NAME(depthwise_3_3_stride_2)(const nativecnn_depthwise_tile *tile) { NAME(depthwise_body)(tile, 3, 3, 2); }

/* outputs[row][column][c] = Σ_tap inputs[…][c] · weights[tap][c], then its epilogue. */
static void NAME(depthwise_tile)(ptrdiff_t tap_rows, ptrdiff_t tap_columns, const nativecnn_depthwise_tile *tile) {
#define ENTRY(rows, columns) NAME(depthwise_##rows##_##columns),
    static void (*const windows[])(const nativecnn_depthwise_tile *) = {EACH_WINDOW(ENTRY)};
#undef ENTRY
    if (tap_rows == 3 && tap_columns == 3 && tile->tap_column == 1 && tile->input_column == 1)
        NAME(depthwise_3_3_stride_1)(tile);
    else if (tap_rows == 3 && tap_columns == 3 && tile->tap_column == 1 && tile->input_column == 2)
        NAME(depthwise_3_3_stride_2)(tile);
    else if (1 <= tap_rows && tap_rows <= 3 && 1 <= tap_columns && tap_columns <= 3)
        windows[(tap_rows - 1) * 3 + tap_columns - 1](tile);
    else
        for (ptrdiff_t from = 0; from < tile->channels; from += LANES)
            NAME(depthwise_any)(tile, from, tap_rows, tap_columns,
                                (int)(tile->channels - from < LANES ? tile->channels - from : LANES));
}

/* Adds the terms of `pixels` pixels of a row; what several windows see is loaded once. */
static ALWAYS_INLINE void
NAME(depthwise_gradient_pixels)(const nativecnn_depthwise_gradient_tile *tile, const float *const *inputs,
                                const float *gradients, ptrdiff_t from, VECTOR total[DEPTHWISE_TAPS][DEPTHWISE_VECTORS],
                                VECTOR *shift, const int tap_rows, const int tap_columns, const int bias,
                                const int pixels, const int stride, const int vectors, const int count) {
    VECTOR gradient[DEPTHWISE_PIXELS][DEPTHWISE_VECTORS];
    UNROLL for (int p = 0; p < pixels; p++) {
        UNROLL for (int v = 0; v < vectors; v++) {
            gradient[p][v] = NAME(load_channels)(gradients + p * tile->gradient_column + v * LANES, count);
            if (bias)
                shift[v] = VECTOR_ADD(shift[v], gradient[p][v]);
        }
    }
    UNROLL for (int r = 0; r < tap_rows; r++) {
        UNROLL for (int j = 0; j < (pixels - 1) * stride + tap_columns; j++) {
            const float *input = inputs[r * tile->tap_row + j * tile->tap_column] + tile->offset + from;
            VECTOR value[DEPTHWISE_VECTORS];
            UNROLL for (int v = 0; v < vectors; v++) { value[v] = NAME(load_channels)(input + v * LANES, count); }
            UNROLL for (int p = 0; p < pixels; p++) {
                const int s = j - p * stride;
                if (0 <= s && s < tap_columns) {
                    UNROLL for (int v = 0; v < vectors; v++) {
                        total[r * tap_columns + s][v] =
                            VECTOR_FMA(value[v], gradient[p][v], total[r * tap_columns + s][v]);
                    }
                }
            }
        }
    }
}

/* Of channels from `from` on the gradients of all taps, and of the bias. */
static ALWAYS_INLINE void NAME(depthwise_gradient_channels)(const nativecnn_depthwise_gradient_tile *tile,
                                                            ptrdiff_t from, const int tap_rows, const int tap_columns,
                                                            const int bias, const int stride, const int vectors,
                                                            const int count) {
    VECTOR total[DEPTHWISE_TAPS][DEPTHWISE_VECTORS], shift[DEPTHWISE_VECTORS];
    const int taps = tap_rows * tap_columns;
    UNROLL for (int v = 0; v < vectors; v++) {
        UNROLL for (int tap = 0; tap < taps; tap++) {
            const float *sums = tile->sums + tap / tap_columns * tile->sum_row + tap % tap_columns * tile->sum_column;
            total[tap][v] = tile->first ? VECTOR_ZERO() : NAME(load_channels)(sums + from + v * LANES, count);
        }
        if (bias)
            shift[v] = tile->first ? VECTOR_ZERO() : NAME(load_channels)(tile->bias_sums + from + v * LANES, count);
    }
    const ptrdiff_t columns = tile->columns, together = stride > 0 ? columns / DEPTHWISE_PIXELS * DEPTHWISE_PIXELS : 0;
    for (ptrdiff_t row = 0; row < tile->rows; row++) {
        const float *const *inputs = tile->inputs + row * tile->input_row;
        const float *gradients = tile->gradients + row * columns * tile->gradient_column + from;
        for (ptrdiff_t column = 0; column < together; column += DEPTHWISE_PIXELS)
            NAME(depthwise_gradient_pixels)(tile, inputs + column * stride, gradients + column * tile->gradient_column,
                                            from, total, shift, tap_rows, tap_columns, bias, DEPTHWISE_PIXELS, stride,
                                            vectors, count);
        for (ptrdiff_t column = together; column < columns; column++)
            NAME(depthwise_gradient_pixels)(tile, inputs + column * tile->input_column,
                                            gradients + column * tile->gradient_column, from, total, shift, tap_rows,
                                            tap_columns, bias, 1, 1, vectors, count);
    }
    for (ptrdiff_t merge = 1; merge <= tile->merges; merge++) {
        const ptrdiff_t back = merge * tile->merge_step;
        UNROLL for (int v = 0; v < vectors; v++) {
            UNROLL for (int tap = 0; tap < taps; tap++) {
                const float *sums =
                    tile->sums + tap / tap_columns * tile->sum_row + tap % tap_columns * tile->sum_column - back;
                total[tap][v] = VECTOR_ADD(NAME(load_channels)(sums + from + v * LANES, count), total[tap][v]);
            }
            if (bias)
                shift[v] = VECTOR_ADD(NAME(load_channels)(tile->bias_sums - back + from + v * LANES, count), shift[v]);
        }
    }
    UNROLL for (int v = 0; v < vectors; v++) {
        UNROLL for (int tap = 0; tap < taps; tap++) {
            float *totals = tile->totals + tap / tap_columns * tile->total_row + tap % tap_columns * tile->total_column;
            NAME(store_channels)(totals + from + v * LANES, total[tap][v], count);
        }
        if (bias)
            NAME(store_channels)(tile->bias_totals + from + v * LANES, shift[v], count);
    }
}

static ALWAYS_INLINE void NAME(depthwise_gradient_body)(const nativecnn_depthwise_gradient_tile *tile,
                                                        const int tap_rows, const int tap_columns, const int bias,
                                                        const int stride) {
    const ptrdiff_t channels = tile->channels;
    ptrdiff_t from = 0;
    for (; from + DEPTHWISE_VECTORS * LANES <= channels; from += DEPTHWISE_VECTORS * LANES)
        NAME(depthwise_gradient_channels)(tile, from, tap_rows, tap_columns, bias, stride, DEPTHWISE_VECTORS, LANES);
    for (; from + LANES <= channels; from += LANES)
        NAME(depthwise_gradient_channels)(tile, from, tap_rows, tap_columns, bias, stride, 1, LANES);
    if (from < channels)
        NAME(depthwise_gradient_channels)(tile, from, tap_rows, tap_columns, bias, 0, 1, (int)(channels - from));
}

#define DEPTHWISE_GRADIENT(rows, columns)                                                                              \
    static void NAME(depthwise_gradient_##rows##_##columns)(const nativecnn_depthwise_gradient_tile *tile) {           \
        NAME(depthwise_gradient_body)(tile, rows, columns, 0, 0);                                                      \
    }                                                                                                                  \
    static void NAME(depthwise_gradient_##rows##_##columns##_bias)(const nativecnn_depthwise_gradient_tile *tile) {    \
        NAME(depthwise_gradient_body)(tile, rows, columns, 1, 0);                                                      \
    }
EACH_WINDOW(DEPTHWISE_GRADIENT)
static void NAME(depthwise_gradient_3_3_stride_1)(const nativecnn_depthwise_gradient_tile *tile) {
    NAME(depthwise_gradient_body)(tile, 3, 3, 0, 1);
}
static void NAME(depthwise_gradient_3_3_stride_1_bias)(const nativecnn_depthwise_gradient_tile *tile) {
    NAME(depthwise_gradient_body)(tile, 3, 3, 1, 1);
}

/* totals[tap][c] = (first ? +0 : sums[tap][c]) + Σ_pixel inputs[…][offset + c] · gradients[pixel][c], and the gradients
 * alone for the bias; then sums[-merge * merge_step] + totals, merge = 1 … For 1 to 3 tap rows and columns. */
static void NAME(depthwise_gradient_tile)(ptrdiff_t tap_rows, ptrdiff_t tap_columns, int bias,
                                          const nativecnn_depthwise_gradient_tile *tile) {
#define ENTRY(rows, columns)                                                                                           \
    {NAME(depthwise_gradient_##rows##_##columns), NAME(depthwise_gradient_##rows##_##columns##_bias)},
    static void (*const windows[][2])(const nativecnn_depthwise_gradient_tile *) = {EACH_WINDOW(ENTRY)};
#undef ENTRY
    if (tap_rows == 3 && tap_columns == 3 && tile->tap_column == 1 && tile->input_column == 1)
        (bias ? NAME(depthwise_gradient_3_3_stride_1_bias) : NAME(depthwise_gradient_3_3_stride_1))(tile);
    else
        windows[(tap_rows - 1) * 3 + tap_columns - 1][bias](tile);
}
