/* Register tiles of the convolution's three passes: their sums stay in registers. */

/* outputs[p][f] = (first ? +0 : outputs[p][f]) + Σ_segment Σ_k pixels[segment][p][offset + k] · weights[segment][k][f],
 * then + bias[f] unless bias is NULL, then its relu if relu, for p below rows and f below filters.
 * pixels: [segments][pixel_step] pointers; weights: [segments][length][weight_step], readable for vectors · LANES floats.
 * filters: more than (vectors - 1) · LANES, at most vectors · LANES. */
static ALWAYS_INLINE void NAME(correlate)(const int rows, const int vectors, ptrdiff_t segments, ptrdiff_t length,
                                          const float *const *pixels, ptrdiff_t pixel_step, ptrdiff_t offset,
                                          const float *weights, ptrdiff_t weight_step, const float *bias, int first,
                                          int relu, float *const *outputs, ptrdiff_t output_offset, ptrdiff_t filters) {
    VECTOR total[NARROW_PIXELS][TILE_VECTORS];
    const int last = (int)filters - (vectors - 1) * LANES; /* floats of the last vector */
    if (first) {
        UNROLL for (int p = 0; p < rows; p++) {
            UNROLL for (int v = 0; v < vectors; v++) { total[p][v] = VECTOR_ZERO(); }
        }
    } else {
        UNROLL for (int p = 0; p < rows; p++) {
            const float *output = outputs[p] + output_offset;
            UNROLL for (int v = 0; v < vectors - 1; v++) { total[p][v] = VECTOR_LOAD(output + v * LANES); }
            output += (vectors - 1) * LANES;
            total[p][vectors - 1] = last == LANES ? VECTOR_LOAD(output) : VECTOR_LOAD_PART(output, last);
        }
    }
    for (ptrdiff_t segment = 0; segment < segments; segment++, pixels += pixel_step) {
        const float *source[NARROW_PIXELS];
        UNROLL for (int p = 0; p < rows; p++) { source[p] = pixels[p] + offset; }
        for (ptrdiff_t k = 0; k < length; k++, weights += weight_step) {
            VECTOR weight[TILE_VECTORS];
            UNROLL for (int v = 0; v < vectors; v++) { weight[v] = VECTOR_LOAD(weights + v * LANES); }
            UNROLL for (int p = 0; p < rows; p++) {
                const VECTOR value = VECTOR_BROADCAST(source[p] + k);
                UNROLL for (int v = 0; v < vectors; v++) { total[p][v] = VECTOR_FMA(value, weight[v], total[p][v]); }
            }
        }
    }
    if (bias != NULL) {
        UNROLL for (int v = 0; v < vectors; v++) {
            const VECTOR shift = v < vectors - 1 || last == LANES ? VECTOR_LOAD(bias + v * LANES)
                                                                  : VECTOR_LOAD_PART(bias + v * LANES, last);
            UNROLL for (int p = 0; p < rows; p++) { total[p][v] = VECTOR_ADD(total[p][v], shift); }
        }
    }
    if (relu) {
        UNROLL for (int p = 0; p < rows; p++) {
            UNROLL for (int v = 0; v < vectors; v++) { total[p][v] = VECTOR_RELU(total[p][v]); }
        }
    }
    if (last == LANES) {
        UNROLL for (int p = 0; p < rows; p++) {
            UNROLL for (int v = 0; v < vectors; v++) {
                VECTOR_STORE(outputs[p] + output_offset + v * LANES, total[p][v]);
            }
        }
    } else {
        UNROLL for (int p = 0; p < rows; p++) {
            float *output = outputs[p] + output_offset;
            UNROLL for (int v = 0; v < vectors - 1; v++) { VECTOR_STORE(output + v * LANES, total[p][v]); }
            VECTOR_STORE_PART(output + (vectors - 1) * LANES, last, total[p][vectors - 1]);
        }
    }
}

/* One function for each number of rows, with its sums in registers. */
#define CORRELATE(name, rows, vectors)                                                                                 \
    static void name(ptrdiff_t segments, ptrdiff_t length, const float *const *pixels, ptrdiff_t pixel_step,           \
                     ptrdiff_t offset, const float *weights, ptrdiff_t weight_step, const float *bias, int first,      \
                     int relu, float *const *outputs, ptrdiff_t output_offset, ptrdiff_t filters) {                    \
        NAME(correlate)(rows, vectors, segments, length, pixels, pixel_step, offset, weights, weight_step, bias,       \
                        first, relu, outputs, output_offset, filters);                                                 \
    }
#define CORRELATE_WIDE(rows) CORRELATE(NAME(correlate_wide_##rows), rows, TILE_VECTORS)
#define CORRELATE_NARROW(rows) CORRELATE(NAME(correlate_narrow_##rows), rows, 1)
UP_TO(TILE_PIXELS)(CORRELATE_WIDE) UP_TO(NARROW_PIXELS)(CORRELATE_NARROW)

    /* panel[pixel][r] = pixels[pixel][offset + r] for TILE_PIXELS values r. */
    static void NAME(gather_tile)(ptrdiff_t pixels, const float *const *sources, ptrdiff_t offset, float *panel) {
    for (ptrdiff_t pixel = 0; pixel < pixels; pixel++, panel += TILE_PIXELS)
        memcpy(panel, sources[pixel] + offset, TILE_PIXELS * sizeof(float));
}

/* totals[r][f] = (first ? +0 : totals[r][f]) + Σ_pixel inputs[pixel][r] · gradients[pixel][f].
 * inputs: [pixels][TILE_PIXELS]; gradients: [pixels][TILE_FILTERS]; totals: [TILE_PIXELS][TILE_FILTERS]. */
static void NAME(kernel_gradient_tile)(ptrdiff_t pixels, const float *inputs, const float *gradients, int first,
                                       float *totals) {
    VECTOR total[TILE_PIXELS][TILE_VECTORS];
    UNROLL for (int r = 0; r < TILE_PIXELS; r++) {
        UNROLL for (int v = 0; v < TILE_VECTORS; v++) {
            total[r][v] = first ? VECTOR_ZERO() : VECTOR_LOAD(totals + r * TILE_FILTERS + v * LANES);
        }
    }
    for (ptrdiff_t pixel = 0; pixel < pixels; pixel++, inputs += TILE_PIXELS, gradients += TILE_FILTERS) {
        VECTOR gradient[TILE_VECTORS];
        UNROLL for (int v = 0; v < TILE_VECTORS; v++) { gradient[v] = VECTOR_LOAD(gradients + v * LANES); }
        UNROLL for (int r = 0; r < TILE_PIXELS; r++) {
            const VECTOR input = VECTOR_BROADCAST(inputs + r);
            UNROLL for (int v = 0; v < TILE_VECTORS; v++) { total[r][v] = VECTOR_FMA(input, gradient[v], total[r][v]); }
        }
    }
    UNROLL for (int r = 0; r < TILE_PIXELS; r++) {
        UNROLL for (int v = 0; v < TILE_VECTORS; v++) {
            VECTOR_STORE(totals + r * TILE_FILTERS + v * LANES, total[r][v]);
        }
    }
}
