/* Weights in the order in which the tiles of correlation.h read them. */

#define ROWS_AHEAD 24 /* asked for before they are copied: they lie far apart, where processors do not guess */

/* target[row][filter] = source[row][filter], +0 from filters to TILE_FILTERS; source rows are source_step floats apart. */
static void NAME(pack_rows)(ptrdiff_t rows, ptrdiff_t filters, const float *source, ptrdiff_t source_step,
                            float *target) {
    for (ptrdiff_t row = 0; row < rows; row++, source += source_step, target += TILE_FILTERS) {
        UNROLL for (int line = 0; line < TILE_FILTERS; line += 16) {
            PREFETCH_NEXT(source, ROWS_AHEAD * source_step + line);
        }
        UNROLL for (int v = 0; v < TILE_VECTORS; v++) {
            const ptrdiff_t left = filters - v * LANES;
            VECTOR_STORE(target + v * LANES, left >= LANES ? VECTOR_LOAD(source + v * LANES)
                                             : left > 0    ? VECTOR_LOAD_PART(source + v * LANES, left)
                                                           : VECTOR_ZERO());
        }
    }
}
