/* Kernel gradient: the sums of a tile, kernel rows × vectors of filters, stay in registers over all pixels of a strip.
 *
 * A tile's kernel rows are some channels of one segment of the windows or, where the segments are short, all
 * of several; a last row may be the bias. */

#define GRADIENT_TOTALS (TILE_PIXELS * TILE_VECTORS)

/* The tile's filters, of which the last vector may have fewer than LANES. */
static ALWAYS_INLINE VECTOR NAME(load_filters)(const float *p, int v, int vectors, int last) {
    return v < vectors - 1 || last == LANES ? VECTOR_LOAD(p + v * LANES) : VECTOR_LOAD_PART(p + v * LANES, last);
}

static ALWAYS_INLINE void NAME(kernel_gradient_body)(const nativecnn_gradient_tile *tile, const int segments,
                                                     const int length, const int bias, const int vectors) {
    VECTOR total[GRADIENT_TOTALS][TILE_VECTORS], shift[TILE_VECTORS];
    const int rows = segments * length, last = (int)(tile->filters - (vectors - 1) * LANES);
    UNROLL for (int v = 0; v < vectors; v++) {
        UNROLL for (int r = 0; r < rows; r++) {
            total[r][v] = tile->first ? VECTOR_ZERO() : VECTOR_LOAD(tile->sums + r * tile->sum_step + v * LANES);
        }
        if (bias)
            shift[v] = tile->first ? VECTOR_ZERO() : VECTOR_LOAD(tile->bias_sums + v * LANES);
    }
    const ptrdiff_t pixels = tile->pixels, offset = tile->offset, segment_step = tile->segment_step;
    const ptrdiff_t gradient_step = tile->gradient_step;
    const float *const *inputs = tile->inputs;
    const float *gradients = tile->gradients;
    for (ptrdiff_t pixel = 0; pixel < pixels; pixel++, gradients += gradient_step) {
        const float *input = rows > 0 ? inputs[pixel] + offset : NULL;
        VECTOR gradient[TILE_VECTORS];
        UNROLL for (int v = 0; v < vectors; v++) {
            gradient[v] = NAME(load_filters)(gradients, v, vectors, last);
            if (bias)
                shift[v] = VECTOR_ADD(shift[v], gradient[v]);
        }
        UNROLL for (int s = 0; s < segments; s++) {
            UNROLL for (int k = 0; k < length; k++) {
                const VECTOR value = VECTOR_BROADCAST(input + k);
                UNROLL for (int v = 0; v < vectors; v++) {
                    total[s * length + k][v] = VECTOR_FMA(value, gradient[v], total[s * length + k][v]);
                }
            }
            input += segment_step;
        }
    }
    for (ptrdiff_t merge = 1; merge <= tile->merges; merge++) {
        const float *sums = tile->sums - merge * tile->merge_step;
        UNROLL for (int v = 0; v < vectors; v++) {
            UNROLL for (int r = 0; r < rows; r++) {
                total[r][v] = VECTOR_ADD(VECTOR_LOAD(sums + r * tile->sum_step + v * LANES), total[r][v]);
            }
            if (bias)
                shift[v] = VECTOR_ADD(VECTOR_LOAD(tile->bias_sums - merge * tile->merge_step + v * LANES), shift[v]);
        }
    }
    UNROLL for (int v = 0; v < vectors; v++) {
        if (v < vectors - 1 || last == LANES) {
            UNROLL for (int r = 0; r < rows; r++) {
                VECTOR_STORE(tile->totals + r * tile->total_step + v * LANES, total[r][v]);
            }
            if (bias)
                VECTOR_STORE(tile->bias_totals + v * LANES, shift[v]);
        } else {
            UNROLL for (int r = 0; r < rows; r++) {
                VECTOR_STORE_PART(tile->totals + r * tile->total_step + v * LANES, last, total[r][v]);
            }
            if (bias)
                VECTOR_STORE_PART(tile->bias_totals + v * LANES, last, shift[v]);
        }
    }
}

/* Tiles of one segment, wide (all vectors) or narrow (one), and of small windows; without and with the bias. Tiles that
 * do not fit into the registers are empty and never called. */
#define GRADIENT(tile_name, segments, length, bias, vectors)                                                           \
    static void NAME(kernel_gradient_##tile_name)(const nativecnn_gradient_tile *tile) {                               \
        if (((segments) * (length) + (bias)) * (vectors) <= GRADIENT_TOTALS)                                           \
            NAME(kernel_gradient_body)(tile, segments, length, bias, vectors);                                         \
    }
#define GRADIENT_WIDE(rows)                                                                                            \
    GRADIENT(wide_##rows, 1, rows, 0, TILE_VECTORS) GRADIENT(wide_##rows##_bias, 1, rows, 1, TILE_VECTORS)
#define GRADIENT_NARROW(rows) GRADIENT(narrow_##rows, 1, rows, 0, 1) GRADIENT(narrow_##rows##_bias, 1, rows, 1, 1)
#define GRADIENT_WINDOW(size)                                                                                          \
    GRADIENT(window_wide_##size, size, size, 0, TILE_VECTORS)                                                          \
    GRADIENT(window_wide_##size##_bias, size, size, 1, TILE_VECTORS)                                                   \
    GRADIENT(window_narrow_##size, size, size, 0, 1)                                                                   \
    GRADIENT(window_narrow_##size##_bias, size, size, 1, 1)
GRADIENT_WIDE(0)
UP_TO(TILE_PIXELS)(GRADIENT_WIDE) GRADIENT_NARROW(0) UP_TO(NARROW_PIXELS)(GRADIENT_NARROW) GRADIENT_WINDOW(3)
    GRADIENT_WINDOW(5)

    /* totals = (first ? +0 : sums) + Σ_pixel inputs[pixel][offset + segment * segment_step + k] · gradients[pixel], for
 * the rows (segment, k), and the gradients alone for the bias; then sums[-merge * merge_step] + totals, merge = 1 …
 * A tile has one segment of any length up to TILE_PIXELS (NARROW_PIXELS), or 3 of 3, or 5 of 5. */
    static void NAME(kernel_gradient_tile)(int segments, int length, int bias, int narrow,
                                           const nativecnn_gradient_tile *tile) {
    typedef void (*gradient)(const nativecnn_gradient_tile *tile);
#define WIDE(rows) {NAME(kernel_gradient_wide_##rows), NAME(kernel_gradient_wide_##rows##_bias)},
#define NARROW(rows) {NAME(kernel_gradient_narrow_##rows), NAME(kernel_gradient_narrow_##rows##_bias)},
#define WINDOW(size)                                                                                                   \
    {{NAME(kernel_gradient_window_wide_##size), NAME(kernel_gradient_window_wide_##size##_bias)},                      \
     {NAME(kernel_gradient_window_narrow_##size), NAME(kernel_gradient_window_narrow_##size##_bias)}},
    static const gradient wide[][2] = {WIDE(0) UP_TO(TILE_PIXELS)(WIDE)};
    static const gradient thin[][2] = {NARROW(0) UP_TO(NARROW_PIXELS)(NARROW)};
    static const gradient windows[][2][2] = {WINDOW(3) WINDOW(5)};
#undef WIDE
#undef NARROW
#undef WINDOW
    const gradient compute = segments > 1 ? windows[segments == 5][narrow][bias] : (narrow ? thin : wide)[length][bias];
    compute(tile);
}
