/* ReLU with slopes of its own for values of 0 or less, which are learned. */

/* Each value with the slope at its place. */
static void NAME(prelu)(ptrdiff_t count, const float *slopes, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float sloped = slopes[i] * x[i];
        y[i] = x[i] <= 0.0f ? sloped : x[i];
    }
}

static void NAME(prelu_gradient)(ptrdiff_t count, const float *slopes, const float *dy, const float *x, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float sloped = slopes[i] * dy[i];
        dx[i] = x[i] <= 0.0f ? sloped : dy[i];
    }
}

/* Sums over pixels of x · dy where x is 0 or less, for so many vectors of slopes; the last has `lanes` of them. */
static ALWAYS_INLINE void NAME(slope_sums)(const int vectors, const int whole, ptrdiff_t lanes, ptrdiff_t pixels,
                                           const float *x, const float *dy, ptrdiff_t step, float *sums) {
    VECTOR totals[4];
    UNROLL for (int v = 0; v < vectors; v++) totals[v] = VECTOR_ZERO();
    for (ptrdiff_t pixel = 0; pixel < pixels; pixel++, x += step, dy += step) {
        UNROLL for (int v = 0; v < vectors; v++) {
            const float *values = x + v * LANES, *gradients = dy + v * LANES;
            const VECTOR a = whole ? VECTOR_LOAD(values) : VECTOR_LOAD_PART(values, lanes);
            const VECTOR b = whole ? VECTOR_LOAD(gradients) : VECTOR_LOAD_PART(gradients, lanes);
            /* a beats 0 where it is positive or NaN */
            totals[v] = VECTOR_SELECT(VECTOR_BEATS(a, VECTOR_ZERO()), totals[v], VECTOR_FMA(a, b, totals[v]));
        }
    }
    UNROLL for (int v = 0; v < vectors; v++) {
        if (whole)
            VECTOR_STORE(sums + v * LANES, totals[v]);
        else
            VECTOR_STORE_PART(sums + v * LANES, lanes, totals[v]);
    }
}

/* Values and gradients of pixels lie `step` floats apart. */
static void NAME(prelu_slope_sums)(ptrdiff_t pixels, ptrdiff_t slopes, const float *x, const float *dy, ptrdiff_t step,
                                   float *sums) {
    ptrdiff_t first = 0;
    for (; first + 4 * LANES <= slopes; first += 4 * LANES)
        NAME(slope_sums)(4, 1, LANES, pixels, x + first, dy + first, step, sums + first);
    for (; first + LANES <= slopes; first += LANES)
        NAME(slope_sums)(1, 1, LANES, pixels, x + first, dy + first, step, sums + first);
    if (first < slopes)
        NAME(slope_sums)(1, 0, slopes - first, pixels, x + first, dy + first, step, sums + first);
}
