/* Correlations with few filters: vectors lie across neighbouring positions, which see planes of single channels. */

#define PLANE_VECTORS(filters) ((filters) > PLANE_SUMS / 8 ? PLANE_SUMS / (filters) : 8)

/* sums[f][v][lane] = +0 + Σ_k pixels[v][offsets[k] + lane] · weights[k][f], then its epilogue, which has no residual. */
static ALWAYS_INLINE void NAME(correlate_planes)(const int filters, const int vectors, ptrdiff_t terms,
                                                 const ptrdiff_t *offsets, const float *const *pixels,
                                                 const float *weights, ptrdiff_t weight_step,
                                                 const nativecnn_epilogue *epilogue, float *sums) {
    VECTOR total[8][8];
    const float *source[8];
    UNROLL for (int v = 0; v < vectors; v++) {
        source[v] = pixels[v];
        UNROLL for (int f = 0; f < filters; f++) { total[f][v] = VECTOR_ZERO(); }
    }
    for (ptrdiff_t k = 0; k < terms; k++, weights += weight_step) {
        const ptrdiff_t offset = offsets[k];
        VECTOR value[8];
        UNROLL for (int v = 0; v < vectors; v++) { value[v] = VECTOR_LOAD(source[v] + offset); }
        UNROLL for (int f = 0; f < filters; f++) {
            const VECTOR weight = VECTOR_BROADCAST(weights + f);
            UNROLL for (int v = 0; v < vectors; v++) { total[f][v] = VECTOR_FMA(value[v], weight, total[f][v]); }
        }
    }
    const float six = 6.0f;
    UNROLL for (int f = 0; f < filters; f++) {
        UNROLL for (int v = 0; v < vectors; v++) {
            VECTOR sum = total[f][v];
            if (epilogue->bias != NULL)
                sum = VECTOR_ADD(sum, VECTOR_BROADCAST(epilogue->bias + f));
            if (epilogue->scale != NULL)
                sum = VECTOR_FMA(sum, VECTOR_BROADCAST(epilogue->scale + f), VECTOR_BROADCAST(epilogue->shift + f));
            if (epilogue->activation != NATIVECNN_LINEAR)
                sum = VECTOR_RELU(sum);
            if (epilogue->activation == NATIVECNN_RELU6)
                sum = VECTOR_CAP(sum, VECTOR_BROADCAST(&six));
            VECTOR_STORE(sums + (f * vectors + v) * LANES, sum);
        }
    }
}

#define CORRELATE_PLANES(filters)                                                                                      \
    static void NAME(correlate_planes_##filters)(                                                                      \
        ptrdiff_t terms, const ptrdiff_t *offsets, const float *const *pixels, const float *weights,                   \
        ptrdiff_t weight_step, const nativecnn_epilogue *epilogue, float *sums) {                                      \
        NAME(correlate_planes)(filters, PLANE_VECTORS(filters), terms, offsets, pixels, weights, weight_step,          \
                               epilogue, sums);                                                                        \
    }
UP_TO(8)(CORRELATE_PLANES)

    /* output[position * output_step + f] = sums[f * step + position] of `count` positions, at most LANES. */
    static ALWAYS_INLINE void NAME(interleave_planes)(const int filters, ptrdiff_t count, const float *sums,
                                                      ptrdiff_t step, float *output, ptrdiff_t output_step) {
    VECTOR plane[8];
    if (output_step != filters) {
        for (ptrdiff_t position = 0; position < count; position++) {
            UNROLL for (int f = 0; f < filters; f++) { output[position * output_step + f] = sums[f * step + position]; }
        }
        return;
    }
    UNROLL for (int f = 0; f < filters; f++) { plane[f] = VECTOR_LOAD(sums + f * step); }
    UNROLL for (int k = 0; k < filters; k++) {
        const ptrdiff_t left = count * filters - k * LANES;
        if (left >= LANES)
            VECTOR_STORE(output + k * LANES, VECTOR_INTERLEAVE(plane, filters, k));
        else if (left > 0)
            VECTOR_STORE_PART(output + k * LANES, left, VECTOR_INTERLEAVE(plane, filters, k));
    }
}

static void NAME(store_planes)(ptrdiff_t filters, ptrdiff_t count, const float *sums, ptrdiff_t step, float *output,
                               ptrdiff_t output_step) {
#define INTERLEAVE(filters)                                                                                            \
    case filters:                                                                                                      \
        NAME(interleave_planes)(filters, count, sums, step, output, output_step);                                      \
        break;
    switch (filters) { UP_TO(8)(INTERLEAVE) }
#undef INTERLEAVE
}
