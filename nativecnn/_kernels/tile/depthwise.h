/* Depthwise convolution: vectors lie across channels, each with its own kernel. Windows are read through pointers to
 * pixels, one for each row and column that the tile's windows see. */

/* Vectors side by side: the weights of 3 × 3 taps, or their gradients, stay in registers. */
#define DEPTHWISE_VECTORS (TILE_PIXELS * TILE_VECTORS >= 20 ? 2 : 1)
#define DEPTHWISE_TAPS 9

static ALWAYS_INLINE VECTOR NAME(load_channels)(const float *p, const int count) {
    return count == LANES ? VECTOR_LOAD(p) : VECTOR_LOAD_PART(p, count);
}

static ALWAYS_INLINE void NAME(store_channels)(float *p, VECTOR a, const int count) {
    if (count == LANES)
        VECTOR_STORE(p, a);
    else
        VECTOR_STORE_PART(p, count, a);
}

/* Channels from `from` on, in `vectors` vectors, of which each has `count` floats. Weights are `held` in registers
 * where their number is known to be small. */
static ALWAYS_INLINE void NAME(depthwise_channels)(const nativecnn_depthwise_tile *tile, ptrdiff_t from,
                                                   const ptrdiff_t tap_rows, const ptrdiff_t tap_columns,
                                                   const int held, const int vectors, const int count) {
    const float *weights = tile->weights + from;
    VECTOR weight[DEPTHWISE_TAPS][DEPTHWISE_VECTORS], shift[DEPTHWISE_VECTORS];
    const int with_bias = tile->bias != NULL, relu = tile->relu;
    UNROLL for (int v = 0; v < vectors; v++) {
        shift[v] = with_bias ? NAME(load_channels)(tile->bias + from + v * LANES, count) : VECTOR_ZERO();
    }
    if (held) {
        UNROLL for (int r = 0; r < tap_rows; r++) {
            UNROLL for (int s = 0; s < tap_columns; s++) {
                UNROLL for (int v = 0; v < vectors; v++) {
                    weight[r * tap_columns + s][v] = NAME(load_channels)(
                        weights + r * tile->weight_row + s * tile->weight_column + v * LANES, count);
                }
            }
        }
    }
    for (ptrdiff_t row = 0; row < tile->rows; row++) {
        const float *const *inputs = tile->inputs + row * tile->input_row;
        float *output = tile->outputs + row * tile->output_row + from;
        for (ptrdiff_t column = 0; column < tile->columns; column++) {
            VECTOR total[DEPTHWISE_VECTORS];
            UNROLL for (int v = 0; v < vectors; v++) { total[v] = VECTOR_ZERO(); }
            if (held) {
                UNROLL for (int r = 0; r < tap_rows; r++) {
                    UNROLL for (int s = 0; s < tap_columns; s++) {
                        const float *input = inputs[r * tile->tap_row + s * tile->tap_column] + tile->offset + from;
                        UNROLL for (int v = 0; v < vectors; v++) {
                            total[v] = VECTOR_FMA(NAME(load_channels)(input + v * LANES, count),
                                                  weight[r * tap_columns + s][v], total[v]);
                        }
                    }
                }
            } else {
                for (ptrdiff_t r = 0; r < tap_rows; r++) {
                    for (ptrdiff_t s = 0; s < tap_columns; s++) {
                        const float *input = inputs[r * tile->tap_row + s * tile->tap_column] + tile->offset + from;
                        const float *tap = weights + r * tile->weight_row + s * tile->weight_column;
                        UNROLL for (int v = 0; v < vectors; v++) {
                            total[v] = VECTOR_FMA(NAME(load_channels)(input + v * LANES, count),
                                                  NAME(load_channels)(tap + v * LANES, count), total[v]);
                        }
                    }
                }
            }
            UNROLL for (int v = 0; v < vectors; v++) {
                if (with_bias)
                    total[v] = VECTOR_ADD(total[v], shift[v]);
                if (relu)
                    total[v] = VECTOR_RELU(total[v]);
                NAME(store_channels)(output + v * LANES, total[v], count);
            }
            inputs += tile->input_column;
            output += tile->output_column;
        }
    }
}

static ALWAYS_INLINE void NAME(depthwise_body)(const nativecnn_depthwise_tile *tile, const ptrdiff_t tap_rows,
                                               const ptrdiff_t tap_columns, const int held) {
    const ptrdiff_t channels = tile->channels;
    ptrdiff_t from = 0;
    for (; from + DEPTHWISE_VECTORS * LANES <= channels; from += DEPTHWISE_VECTORS * LANES)
        NAME(depthwise_channels)(tile, from, tap_rows, tap_columns, held, DEPTHWISE_VECTORS, LANES);
    for (; from + LANES <= channels; from += LANES)
        NAME(depthwise_channels)(tile, from, tap_rows, tap_columns, held, 1, LANES);
    if (from < channels)
        NAME(depthwise_channels)(tile, from, tap_rows, tap_columns, 0, 1, (int)(channels - from));
}

/* A kernel for each small number of tap rows and columns: DO(rows, columns). */
#define EACH_WINDOW(DO) DO(1, 1) DO(1, 2) DO(1, 3) DO(2, 1) DO(2, 2) DO(2, 3) DO(3, 1) DO(3, 2) DO(3, 3)

#define DEPTHWISE(rows, columns)                                                                                       \
    static void NAME(depthwise_##rows##_##columns)(const nativecnn_depthwise_tile *tile) {                             \
        NAME(depthwise_body)(tile, rows, columns, 1);                                                                  \
    }
EACH_WINDOW(DEPTHWISE)

/* outputs[row][column][c] = Σ_tap inputs[…][c] · weights[tap][c], then + bias[c] unless that is NULL, then relu. */
static void NAME(depthwise_tile)(ptrdiff_t tap_rows, ptrdiff_t tap_columns, const nativecnn_depthwise_tile *tile) {
#define ENTRY(rows, columns) NAME(depthwise_##rows##_##columns),
    static void (*const windows[])(const nativecnn_depthwise_tile *) = {EACH_WINDOW(ENTRY)};
#undef ENTRY
    if (1 <= tap_rows && tap_rows <= 3 && 1 <= tap_columns && tap_columns <= 3)
        windows[(tap_rows - 1) * 3 + tap_columns - 1](tile);
    else
        NAME(depthwise_body)(tile, tap_rows, tap_columns, 0);
}

/* Of the same channels the gradients of all taps, and of the bias. */
static ALWAYS_INLINE void NAME(depthwise_gradient_channels)(const nativecnn_depthwise_gradient_tile *tile,
                                                            ptrdiff_t from, const int tap_rows, const int tap_columns,
                                                            const int bias, const int vectors, const int count) {
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
    for (ptrdiff_t row = 0; row < tile->rows; row++) {
        const float *const *inputs = tile->inputs + row * tile->input_row;
        const float *gradients = tile->gradients + row * tile->columns * tile->gradient_column + from;
        for (ptrdiff_t column = 0; column < tile->columns; column++) {
            VECTOR gradient[DEPTHWISE_VECTORS];
            UNROLL for (int v = 0; v < vectors; v++) {
                gradient[v] = NAME(load_channels)(gradients + v * LANES, count);
                if (bias)
                    shift[v] = VECTOR_ADD(shift[v], gradient[v]);
            }
            UNROLL for (int r = 0; r < tap_rows; r++) {
                UNROLL for (int s = 0; s < tap_columns; s++) {
                    const float *input = inputs[r * tile->tap_row + s * tile->tap_column] + tile->offset + from;
                    UNROLL for (int v = 0; v < vectors; v++) {
                        total[r * tap_columns + s][v] = VECTOR_FMA(NAME(load_channels)(input + v * LANES, count),
                                                                   gradient[v], total[r * tap_columns + s][v]);
                    }
                }
            }
            inputs += tile->input_column;
            gradients += tile->gradient_column;
        }
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
                                                        const int tap_rows, const int tap_columns, const int bias) {
    const ptrdiff_t channels = tile->channels;
    ptrdiff_t from = 0;
    for (; from + DEPTHWISE_VECTORS * LANES <= channels; from += DEPTHWISE_VECTORS * LANES)
        NAME(depthwise_gradient_channels)(tile, from, tap_rows, tap_columns, bias, DEPTHWISE_VECTORS, LANES);
    for (; from + LANES <= channels; from += LANES)
        NAME(depthwise_gradient_channels)(tile, from, tap_rows, tap_columns, bias, 1, LANES);
    if (from < channels)
        NAME(depthwise_gradient_channels)(tile, from, tap_rows, tap_columns, bias, 1, (int)(channels - from));
}

#define DEPTHWISE_GRADIENT(rows, columns)                                                                              \
    static void NAME(depthwise_gradient_##rows##_##columns)(const nativecnn_depthwise_gradient_tile *tile) {           \
        NAME(depthwise_gradient_body)(tile, rows, columns, 0);                                                         \
    }                                                                                                                  \
    static void NAME(depthwise_gradient_##rows##_##columns##_bias)(const nativecnn_depthwise_gradient_tile *tile) {    \
        NAME(depthwise_gradient_body)(tile, rows, columns, 1);                                                         \
    }
EACH_WINDOW(DEPTHWISE_GRADIENT)

/* totals[tap][c] = (first ? +0 : sums[tap][c]) + Σ_pixel inputs[…][offset + c] · gradients[pixel][c], and the gradients
 * alone for the bias; then sums[-merge * merge_step] + totals, merge = 1 … For 1 to 3 tap rows and columns. */
static void NAME(depthwise_gradient_tile)(ptrdiff_t tap_rows, ptrdiff_t tap_columns, int bias,
                                          const nativecnn_depthwise_gradient_tile *tile) {
#define ENTRY(rows, columns)                                                                                           \
    {NAME(depthwise_gradient_##rows##_##columns), NAME(depthwise_gradient_##rows##_##columns##_bias)},
    static void (*const windows[][2])(const nativecnn_depthwise_gradient_tile *) = {EACH_WINDOW(ENTRY)};
#undef ENTRY
    windows[(tap_rows - 1) * 3 + tap_columns - 1][bias](tile);
}
