/* Kernel gradient: TILE_PIXELS kernel rows × TILE_FILTERS sums over pixels stay in registers. */

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
