/* Transposition, LANES × LANES floats at a time in registers. */

/* A block at the edge: copied into a whole one, and only what there is of its columns is stored. */
static void NAME(transpose_edge)(ptrdiff_t rows, ptrdiff_t columns, const float *source, ptrdiff_t source_step,
                                 float *target, ptrdiff_t target_step) {
    float block[LANES * LANES];
    VECTOR column[LANES];
    memset(block, 0, sizeof block);
    for (ptrdiff_t r = 0; r < rows; r++)
        VECTOR_STORE(block + r * LANES, VECTOR_LOAD_PART(source + r * source_step, columns));
    VECTOR_TRANSPOSE(block, LANES, column);
    for (ptrdiff_t c = 0; c < columns; c++)
        VECTOR_STORE_PART(target + c * target_step, rows, column[c]);
}

/* target[c][r] = source[r][c] for any number of rows and columns; steps are floats from a row to the next. */
static void NAME(transpose_tile)(ptrdiff_t rows, ptrdiff_t columns, const float *source, ptrdiff_t source_step,
                                 float *target, ptrdiff_t target_step) {
    for (ptrdiff_t r = 0; r < rows; r += LANES) {
        for (ptrdiff_t c = 0; c < columns; c += LANES) {
            const float *from = source + r * source_step + c;
            float *to = target + c * target_step + r;
            if (rows - r < LANES || columns - c < LANES) {
                NAME(transpose_edge)(rows - r < LANES ? rows - r : LANES, columns - c < LANES ? columns - c : LANES,
                                     from, source_step, to, target_step);
                continue;
            }
            VECTOR column[LANES];
            VECTOR_TRANSPOSE(from, source_step, column);
            UNROLL for (int lane = 0; lane < LANES; lane++) { VECTOR_STORE(to + lane * target_step, column[lane]); }
        }
    }
}
