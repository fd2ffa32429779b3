/* Register tiles of the convolution's three passes: their sums stay in registers. */

/* Sums of rows × vectors, of which the last vector has `last` floats (1 to LANES) in memory. */
static ALWAYS_INLINE VECTOR NAME(load_sums)(const float *sums, int v, int vectors, int last) {
    return NAME(load_count)(sums + v * LANES, v < vectors - 1 ? LANES : last);
}

static ALWAYS_INLINE void NAME(store_sums)(const int vectors, int last, const VECTOR *total, float *output) {
    UNROLL for (int v = 0; v < vectors - 1; v++) { VECTOR_STORE(output + v * LANES, total[v]); }
    if (last == LANES)
        VECTOR_STORE(output + (vectors - 1) * LANES, total[vectors - 1]);
    else
        VECTOR_STORE_PART(output + (vectors - 1) * LANES, last, total[vectors - 1]);
}

/* outputs[p][f] = (first ? +0 : outputs[p][f]) + Σ_segment Σ_k pixels[segment][p][offset + k] · weights[segment][k][f],
 * then its epilogue unless that is NULL, as of filter `filter` + f, for p below rows and f below filters.
 * pixels: [segments][pixel_step] pointers; weights: [segments][length][weight_step], readable for vectors · LANES floats.
 * filters: more than (vectors - 1) · LANES, at most vectors · LANES. */
static ALWAYS_INLINE void NAME(correlate)(const int rows, const int vectors, ptrdiff_t segments, ptrdiff_t length,
                                          const float *const *pixels, ptrdiff_t pixel_step, ptrdiff_t offset,
                                          const float *weights, ptrdiff_t weight_step, int first,
                                          const nativecnn_epilogue *epilogue, ptrdiff_t filter, float *const *outputs,
                                          ptrdiff_t output_offset, ptrdiff_t filters) {
    VECTOR total[NARROW_PIXELS][TILE_VECTORS];
    const int last = (int)filters - (vectors - 1) * LANES;
    if (first) {
        UNROLL for (int p = 0; p < rows; p++) {
            UNROLL for (int v = 0; v < vectors; v++) { total[p][v] = VECTOR_ZERO(); }
        }
    } else {
        UNROLL for (int p = 0; p < rows; p++) {
            UNROLL for (int v = 0; v < vectors; v++) {
                total[p][v] = NAME(load_sums)(outputs[p] + output_offset, v, vectors, last);
            }
        }
    }
    const ptrdiff_t ahead = segments * length * weight_step; /* what follows these weights is read next */
    for (ptrdiff_t segment = 0; segment < segments; segment++, pixels += pixel_step) {
        const float *source[NARROW_PIXELS];
        UNROLL for (int p = 0; p < rows; p++) { source[p] = pixels[p] + offset; }
        for (ptrdiff_t k = 0; k < length; k++, weights += weight_step) {
            VECTOR weight[TILE_VECTORS];
            UNROLL for (int v = 0; v < vectors; v++) { weight[v] = VECTOR_LOAD(weights + v * LANES); }
            UNROLL for (int line = 0; line < vectors * LANES; line += 16) { PREFETCH_LATER(weights, ahead + line); }
            UNROLL for (int p = 0; p < rows; p++) {
                const VECTOR value = VECTOR_BROADCAST(source[p] + k);
                UNROLL for (int v = 0; v < vectors; v++) { total[p][v] = VECTOR_FMA(value, weight[v], total[p][v]); }
            }
        }
    }
    float *targets[NARROW_PIXELS];
    UNROLL for (int p = 0; p < rows; p++) { targets[p] = outputs[p] + output_offset; }
    if (epilogue != NULL)
        NAME(finish_sums)(rows, vectors, last, epilogue, filter, targets, total);
    UNROLL for (int p = 0; p < rows; p++) { NAME(store_sums)(vectors, last, total[p], targets[p]); }
}

/* The same for few terms, and positions at equal distances:
 * output[p · output_step + f] = +0 + Σ_k pixels[p · pixel_step + offsets[k]] · weights[k][f], epilogue as above. */
static ALWAYS_INLINE void NAME(correlate_row)(const int rows, const int vectors, ptrdiff_t terms,
                                              const ptrdiff_t *offsets, const float *pixels, ptrdiff_t pixel_step,
                                              const float *weights, ptrdiff_t weight_step,
                                              const nativecnn_epilogue *epilogue, ptrdiff_t filter, float *output,
                                              ptrdiff_t output_step, ptrdiff_t filters) {
    VECTOR total[NARROW_PIXELS][TILE_VECTORS];
    const int last = (int)filters - (vectors - 1) * LANES;
    const float *source[NARROW_PIXELS];
    UNROLL for (int p = 0; p < rows; p++) {
        source[p] = pixels + p * pixel_step;
        UNROLL for (int v = 0; v < vectors; v++) { total[p][v] = VECTOR_ZERO(); }
    }
    for (ptrdiff_t k = 0; k < terms; k++, weights += weight_step) {
        const ptrdiff_t offset = offsets[k];
        VECTOR weight[TILE_VECTORS];
        UNROLL for (int v = 0; v < vectors; v++) { weight[v] = VECTOR_LOAD(weights + v * LANES); }
        UNROLL for (int p = 0; p < rows; p++) {
            const VECTOR value = VECTOR_BROADCAST(source[p] + offset);
            UNROLL for (int v = 0; v < vectors; v++) { total[p][v] = VECTOR_FMA(value, weight[v], total[p][v]); }
        }
    }
    float *targets[NARROW_PIXELS];
    UNROLL for (int p = 0; p < rows; p++) { targets[p] = output + p * output_step; }
    NAME(finish_sums)(rows, vectors, last, epilogue, filter, targets, total);
    UNROLL for (int p = 0; p < rows; p++) { NAME(store_sums)(vectors, last, total[p], targets[p]); }
}

/* One function for each number of rows, with its sums in registers. */
#define CORRELATE(name, rows, vectors)                                                                                 \
    static void NAME(correlate_##name)(                                                                                \
        ptrdiff_t segments, ptrdiff_t length, const float *const *pixels, ptrdiff_t pixel_step, ptrdiff_t offset,      \
        const float *weights, ptrdiff_t weight_step, int first, const nativecnn_epilogue *epilogue, ptrdiff_t filter,  \
        float *const *outputs, ptrdiff_t output_offset, ptrdiff_t filters) {                                           \
        NAME(correlate)(rows, vectors, segments, length, pixels, pixel_step, offset, weights, weight_step, first,      \
                        epilogue, filter, outputs, output_offset, filters);                                            \
    }                                                                                                                  \
    static void NAME(correlate_row_##name)(ptrdiff_t terms, const ptrdiff_t *offsets, const float *pixels,             \
                                           ptrdiff_t pixel_step, const float *weights, ptrdiff_t weight_step,          \
                                           const nativecnn_epilogue *epilogue, ptrdiff_t filter, float *output,        \
                                           ptrdiff_t output_step, ptrdiff_t filters) {                                 \
        NAME(correlate_row)(rows, vectors, terms, offsets, pixels, pixel_step, weights, weight_step, epilogue, filter, \
                            output, output_step, filters);                                                             \
    }
#define CORRELATE_WIDE(rows) CORRELATE(wide_##rows, rows, TILE_VECTORS)
#define CORRELATE_NARROW(rows) CORRELATE(narrow_##rows, rows, 1)
UP_TO(TILE_PIXELS)(CORRELATE_WIDE) UP_TO(NARROW_PIXELS)(CORRELATE_NARROW)
