/* Register tile of the forward pass and the input gradient: TILE_PIXELS × TILE_FILTERS sums stay in registers. */

/* outputs[p][f] = (first ? +0 : outputs[p][f]) + Σ_segment Σ_k pixels[segment][p][offset + k] · weights[segment][k][f],
 * then + bias[f] unless bias is NULL.
 * pixels: [segments][TILE_PIXELS] pointers; weights: [segments][length][TILE_FILTERS]. */
static void NAME(correlate_tile)(ptrdiff_t segments, ptrdiff_t length, const float *const *pixels, ptrdiff_t offset,
                                 const float *weights, const float *bias, int first, float *const *outputs,
                                 ptrdiff_t output_offset) {
    VECTOR total[TILE_PIXELS][TILE_VECTORS];
    UNROLL for (int p = 0; p < TILE_PIXELS; p++) {
        UNROLL for (int v = 0; v < TILE_VECTORS; v++) {
            total[p][v] = first ? VECTOR_ZERO() : VECTOR_LOAD(outputs[p] + output_offset + v * LANES);
        }
    }
    for (ptrdiff_t segment = 0; segment < segments; segment++, pixels += TILE_PIXELS) {
        const float *source[TILE_PIXELS];
        UNROLL for (int p = 0; p < TILE_PIXELS; p++) { source[p] = pixels[p] + offset; }
        for (ptrdiff_t k = 0; k < length; k++, weights += TILE_FILTERS) {
            VECTOR weight[TILE_VECTORS];
            UNROLL for (int v = 0; v < TILE_VECTORS; v++) { weight[v] = VECTOR_LOAD(weights + v * LANES); }
            UNROLL for (int p = 0; p < TILE_PIXELS; p++) {
                const VECTOR value = VECTOR_BROADCAST(source[p] + k);
                UNROLL for (int v = 0; v < TILE_VECTORS; v++) {
                    total[p][v] = VECTOR_FMA(value, weight[v], total[p][v]);
                }
            }
        }
    }
    UNROLL for (int v = 0; v < TILE_VECTORS; v++) {
        if (bias != NULL) {
            const VECTOR shift = VECTOR_LOAD(bias + v * LANES);
            UNROLL for (int p = 0; p < TILE_PIXELS; p++) { total[p][v] = VECTOR_ADD(total[p][v], shift); }
        }
        UNROLL for (int p = 0; p < TILE_PIXELS; p++) {
            VECTOR_STORE(outputs[p] + output_offset + v * LANES, total[p][v]);
        }
    }
}
