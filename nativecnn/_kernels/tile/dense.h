/* Dense layers: sums of inputs × kernel rows for several samples, and their gradient's outer products. */

#define SAMPLE_VECTORS 8 /* of units, whose sums for one sample fit into registers */

/* totals[v][s][lane] = fma(x[s][r], kernel[r][v * LANES + lane], …) for r = 0 … terms - 1 in order, the first of them
 * added to +0 where `first`, else to totals[v][s][lane].
 * Weights stay in registers while samples pass; the last vector has `part` lanes where that is not 0. */
static ALWAYS_INLINE void NAME(dense_vectors)(const int terms, const int vectors, const ptrdiff_t part,
                                              ptrdiff_t samples, const float *x, ptrdiff_t x_step, const float *kernel,
                                              ptrdiff_t kernel_step, int first, float *totals) {
    VECTOR weight[DENSE_TERMS][DENSE_VECTORS];
    UNROLL for (int r = 0; r < terms; r++) {
        UNROLL for (int v = 0; v < vectors; v++) {
            const float *weights = kernel + r * kernel_step + v * LANES;
            weight[r][v] = part ? VECTOR_LOAD_PART(weights, part) : VECTOR_LOAD(weights);
        }
    }
    for (ptrdiff_t s = 0; s < samples; s++, x += x_step, totals += LANES) {
        VECTOR total[DENSE_VECTORS];
        UNROLL for (int v = 0; v < vectors; v++) {
            total[v] = first ? VECTOR_ZERO() : VECTOR_LOAD(totals + v * samples * LANES);
        }
        UNROLL for (int r = 0; r < terms; r++) {
            const VECTOR value = VECTOR_BROADCAST(x + r);
            UNROLL for (int v = 0; v < vectors; v++) { total[v] = VECTOR_FMA(value, weight[r][v], total[v]); }
        }
        UNROLL for (int v = 0; v < vectors; v++) { VECTOR_STORE(totals + v * samples * LANES, total[v]); }
    }
}

static ALWAYS_INLINE void NAME(dense_terms)(const int terms, ptrdiff_t samples, ptrdiff_t units, const float *x,
                                            ptrdiff_t x_step, const float *kernel, ptrdiff_t kernel_step, int first,
                                            float *totals) {
    ptrdiff_t unit = 0;
    for (; unit + DENSE_VECTORS * LANES <= units; unit += DENSE_VECTORS * LANES)
        NAME(dense_vectors)(terms, DENSE_VECTORS, 0, samples, x, x_step, kernel + unit, kernel_step, first,
                            totals + unit * samples);
    for (; unit + LANES <= units; unit += LANES)
        NAME(dense_vectors)(terms, 1, 0, samples, x, x_step, kernel + unit, kernel_step, first,
                            totals + unit * samples);
    if (unit < units)
        NAME(dense_vectors)(terms, 1, units - unit, samples, x, x_step, kernel + unit, kernel_step, first,
                            totals + unit * samples);
}

/* totals[v][lane] = Σ_input x[input] · kernel[input][v * LANES + lane] of one sample: whole sums in registers. */
static ALWAYS_INLINE void NAME(dense_sample)(const int vectors, ptrdiff_t inputs, ptrdiff_t units, const float *x,
                                             const float *kernel, ptrdiff_t kernel_step, float *totals) {
    const ptrdiff_t last = (vectors - 1) * LANES, part = units - last;
    VECTOR total[SAMPLE_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) { total[v] = VECTOR_ZERO(); }
    for (ptrdiff_t i = 0; i < inputs; i++, kernel += kernel_step) {
        const VECTOR value = VECTOR_BROADCAST(x + i);
        UNROLL for (int v = 0; v < vectors - 1; v++) {
            total[v] = VECTOR_FMA(value, VECTOR_LOAD(kernel + v * LANES), total[v]);
        }
        total[vectors - 1] = VECTOR_FMA(value, VECTOR_LOAD_PART(kernel + last, part), total[vectors - 1]);
    }
    UNROLL for (int v = 0; v < vectors; v++) { VECTOR_STORE(totals + v * LANES, total[v]); }
}

/* totals[units / LANES][samples][LANES] = Σ_input x(sample, input) · kernel[input][unit], inputs in order, from +0 where
 * `first`, else from what they hold. At least one input.
 * x(s, i) = x[i / DENSE_TERMS * x_next + s * x_step + i % DENSE_TERMS]. */
static void NAME(dense_block)(ptrdiff_t samples, ptrdiff_t inputs, ptrdiff_t units, const float *x, ptrdiff_t x_step,
                              ptrdiff_t x_next, const float *kernel, ptrdiff_t kernel_step, int first, float *totals) {
    _Alignas(64) float panel[NATIVECNN_DENSE_SAMPLES * DENSE_TERMS];
    if (samples == 1 && first && x_next == DENSE_TERMS && units <= SAMPLE_VECTORS * LANES) {
#define SAMPLE(vectors)                                                                                                \
    case vectors:                                                                                                      \
        NAME(dense_sample)(vectors, inputs, units, x, kernel, kernel_step, totals);                                    \
        return;
        switch ((units + LANES - 1) / LANES) { UP_TO(SAMPLE_VECTORS)(SAMPLE) }
#undef SAMPLE
    }
    /* Samples far apart share few places in the cache: side by side, if that is used often enough. */
    const int packed = x_step != DENSE_TERMS && samples > 1 && units > 2 * DENSE_VECTORS * LANES;
    for (; inputs >= DENSE_TERMS; inputs -= DENSE_TERMS, x += x_next, kernel += DENSE_TERMS * kernel_step) {
        if (packed) {
            for (ptrdiff_t s = 0; s < samples; s++)
                memcpy(panel + s * DENSE_TERMS, x + s * x_step, DENSE_TERMS * sizeof(float));
        }
        NAME(dense_terms)(DENSE_TERMS, samples, units, packed ? panel : x, packed ? DENSE_TERMS : x_step, kernel,
                          kernel_step, first, totals);
        first = 0;
    }
#define TERMS(count)                                                                                                   \
    case count:                                                                                                        \
        NAME(dense_terms)(count, samples, units, x, x_step, kernel, kernel_step, first, totals);                       \
        return;
    switch (inputs) { UP_TO(DENSE_TERMS)(TERMS) }
#undef TERMS
}

#define TRANSPOSED_TERMS (DENSE_TERMS * 16)

/* Fetches `columns` floats of each of `rows` rows that are wanted soon. */
static ALWAYS_INLINE void NAME(prefetch_rows)(const float *first, ptrdiff_t step, ptrdiff_t rows, ptrdiff_t columns) {
    for (ptrdiff_t row = 0; row < rows; row++, first += step) {
        for (ptrdiff_t column = 0; column < columns; column += 16)
            PREFETCH(first, column);
    }
}

/* totals[inputs / LANES][samples][LANES] = Σ_unit dy(sample, unit) · kernel[input][unit], from +0, units in order.
 * At most DENSE_VECTORS * LANES inputs; dy is addressed as x of dense_block. */
static void NAME(dense_transposed_block)(ptrdiff_t samples, ptrdiff_t inputs, ptrdiff_t units, const float *dy,
                                         ptrdiff_t dy_step, ptrdiff_t dy_next, const float *kernel,
                                         ptrdiff_t kernel_step, float *totals) {
    _Alignas(64) float transposed[TRANSPOSED_TERMS * DENSE_VECTORS * LANES];
    const ptrdiff_t width = DENSE_VECTORS * LANES;
    int first = 1;
    for (; units > 0; units -= TRANSPOSED_TERMS, kernel += TRANSPOSED_TERMS) {
        const ptrdiff_t terms = units < TRANSPOSED_TERMS ? units : TRANSPOSED_TERMS, left = units - terms;
        const ptrdiff_t next = left < TRANSPOSED_TERMS ? left : TRANSPOSED_TERMS;
        /* The next piece is fetched meanwhile, evenly: half of its rows during either loop. */
        const float *ahead = kernel + terms;
        ptrdiff_t rows_ahead = next > 0 ? inputs : 0;
        for (ptrdiff_t row = 0; row < inputs; row += LANES) {
            const ptrdiff_t rows = inputs - row < LANES ? inputs - row : LANES;
            for (ptrdiff_t term = 0; term < terms; term += LANES) {
                if (2 * rows_ahead > inputs) {
                    NAME(prefetch_rows)(ahead, kernel_step, 1, next);
                    ahead += kernel_step, rows_ahead--;
                }
                NAME(transpose_tile)(rows, terms - term < LANES ? terms - term : LANES,
                                     kernel + row * kernel_step + term, kernel_step, transposed + term * width + row,
                                     width);
            }
        }
        for (ptrdiff_t term = 0; term < terms; term += DENSE_TERMS, dy += dy_next) {
            const ptrdiff_t rows = rows_ahead < 2 ? rows_ahead : 2;
            NAME(prefetch_rows)(ahead, kernel_step, rows, next);
            ahead += rows * kernel_step, rows_ahead -= rows;
            NAME(dense_block)(samples, terms - term < DENSE_TERMS ? terms - term : DENSE_TERMS, inputs, dy, dy_step,
                              dy_next, transposed + term * width, width, first, totals);
            first = 0;
        }
    }
}

/* y[sample][unit] = totals[unit / LANES][sample][lane], then its epilogue unless that is NULL, as of filter
 * `filter` + unit. */
static void NAME(dense_store)(ptrdiff_t samples, ptrdiff_t units, const float *totals,
                              const nativecnn_epilogue *epilogue, ptrdiff_t filter, float *y, ptrdiff_t y_step) {
    for (ptrdiff_t unit = 0; unit < units; unit += LANES) {
        const ptrdiff_t part = units - unit < LANES ? units - unit : LANES;
        for (ptrdiff_t s = 0; s < samples; s++, totals += LANES) {
            float *output = y + s * y_step + unit;
            VECTOR total[1][TILE_VECTORS];
            total[0][0] = VECTOR_LOAD(totals);
            if (epilogue != NULL)
                NAME(finish_sums)(1, 1, (int)part, epilogue, filter + unit, &output, total);
            VECTOR_STORE_PART(output, part, total[0][0]);
        }
    }
}

/* dkernel[r][v * LANES + lane] = Σ_sample x[sample][r] · dy[sample][v * LANES + lane], from +0 in order. */
static ALWAYS_INLINE void NAME(dense_outer)(const int rows, const int vectors, const ptrdiff_t part, const int stream,
                                            ptrdiff_t samples, const float *x, ptrdiff_t x_step, const float *dy,
                                            ptrdiff_t dy_step, float *dkernel, ptrdiff_t dkernel_step) {
    VECTOR total[TILE_PIXELS][TILE_VECTORS];
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < vectors; v++) { total[r][v] = VECTOR_ZERO(); }
    }
    for (ptrdiff_t s = 0; s < samples; s++, x += x_step, dy += dy_step) {
        VECTOR gradient[TILE_VECTORS];
        UNROLL for (int v = 0; v < vectors; v++) {
            gradient[v] = part ? VECTOR_LOAD_PART(dy + v * LANES, part) : VECTOR_LOAD(dy + v * LANES);
        }
        UNROLL for (int r = 0; r < rows; r++) {
            const VECTOR value = VECTOR_BROADCAST(x + r);
            UNROLL for (int v = 0; v < vectors; v++) { total[r][v] = VECTOR_FMA(value, gradient[v], total[r][v]); }
        }
    }
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < vectors; v++) {
            float *target = dkernel + r * dkernel_step + v * LANES;
            if (part)
                VECTOR_STORE_PART(target, part, total[r][v]);
            else if (stream)
                VECTOR_STREAM(target, total[r][v]);
            else
                VECTOR_STORE(target, total[r][v]);
        }
    }
}

static void NAME(dense_outer_units)(ptrdiff_t rows, ptrdiff_t units, ptrdiff_t samples, const float *x,
                                    ptrdiff_t x_step, const float *dy, ptrdiff_t dy_step, float *dkernel,
                                    ptrdiff_t dkernel_step) {
#define OUTER(rows, vectors, part)                                                                                     \
    NAME(dense_outer)(rows, vectors, part, 0, samples, x, x_step, dy, dy_step, dkernel, dkernel_step)
#define ROWS(count)                                                                                                    \
    case count:                                                                                                        \
        if (units == TILE_FILTERS)                                                                                     \
            OUTER(count, TILE_VECTORS, 0);                                                                             \
        else if (units == LANES)                                                                                       \
            OUTER(count, 1, 0);                                                                                        \
        else                                                                                                           \
            OUTER(count, 1, units);                                                                                    \
        return;
    switch (rows) { UP_TO(TILE_PIXELS)(ROWS) }
#undef ROWS
#undef OUTER
}

#define STREAM_ROWS 4 /* written side by side: processors have few buffers for lines that bypass the cache */

/* dkernel[input][unit] = Σ_sample x[sample][input] · dy(sample, unit), from +0 in order.
 * dy(s, u) = dy[u / TILE_FILTERS * dy_next + s * dy_step + u % TILE_FILTERS].
 * stream: past the cache; then rows of dkernel begin at multiples of 64 bytes. */
static void NAME(dense_kernel_gradient_block)(ptrdiff_t samples, ptrdiff_t inputs, ptrdiff_t units, const float *x,
                                              ptrdiff_t x_step, const float *dy, ptrdiff_t dy_step, ptrdiff_t dy_next,
                                              int stream, float *dkernel, ptrdiff_t dkernel_step) {
    _Alignas(64) float panel[NATIVECNN_DENSE_SAMPLES * TILE_PIXELS];
    const int packed = samples > 1 && units > 4 * TILE_FILTERS;
    const ptrdiff_t most = stream ? STREAM_ROWS : TILE_PIXELS;
    ptrdiff_t tiles = (inputs + most - 1) / most, rows;
    for (; tiles > 0; tiles--, inputs -= rows, x += rows, dkernel += rows * dkernel_step) {
        rows = stream && tiles > 1 ? STREAM_ROWS : (inputs + tiles - 1) / tiles; /* nearly equal tiles */
        if (packed) {
            for (ptrdiff_t s = 0; s < samples; s++)
                memcpy(panel + s * rows, x + s * x_step, (size_t)rows * sizeof(float));
        }
        for (ptrdiff_t unit = 0; unit < units;) {
            const ptrdiff_t left = units - unit;
            const ptrdiff_t width = left >= TILE_FILTERS ? TILE_FILTERS : left >= LANES ? LANES : left;
            if (stream && rows == STREAM_ROWS && width == TILE_FILTERS) {
                NAME(dense_outer)(STREAM_ROWS, TILE_VECTORS, 0, 1, samples, packed ? panel : x, packed ? rows : x_step,
                                  dy + unit / TILE_FILTERS * dy_next, dy_step, dkernel + unit, dkernel_step);
                unit += width;
                continue;
            }
            NAME(dense_outer_units)(rows, width, samples, packed ? panel : x, packed ? rows : x_step,
                                    dy + unit / TILE_FILTERS * dy_next + unit % TILE_FILTERS, dy_step, dkernel + unit,
                                    dkernel_step);
            unit += width;
        }
    }
    if (stream)
        STREAM_END();
}
