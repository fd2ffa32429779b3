/* Batch normalization. Sums over pixels stay in registers, vectors lie across channels; pixels are `step` floats apart.
 * The other functions are single passes over channels or pixels. */

#ifndef NATIVECNN_BATCH_NORMALIZATION_H
#define NATIVECNN_BATCH_NORMALIZATION_H

#include "channels.h"

#define NORMALIZATION_VECTORS 4 /* side by side, so that memory is read by whole cache lines and sums do not wait */

/* BODY(from, vectors, count): channels from `from` on, `vectors` vectors of `count` of them. */
#define NORMALIZATION_CHANNELS(BODY)                                                                                   \
    do {                                                                                                               \
        ptrdiff_t from = 0;                                                                                            \
        for (; from + NORMALIZATION_VECTORS * LANES <= channels; from += NORMALIZATION_VECTORS * LANES)                \
            BODY(from, NORMALIZATION_VECTORS, LANES);                                                                  \
        for (; from + LANES <= channels; from += LANES)                                                                \
            BODY(from, 1, LANES);                                                                                      \
        if (from < channels)                                                                                           \
            BODY(from, 1, (int)(channels - from));                                                                     \
    } while (0)

static ALWAYS_INLINE void NAME(channel_sums_body)(ptrdiff_t pixels, const float *x, ptrdiff_t step, float *sums,
                                                  const int vectors, const int count) {
    VECTOR total[NORMALIZATION_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) { total[v] = VECTOR_ZERO(); }
    for (ptrdiff_t pixel = 0; pixel < pixels; pixel++, x += step) {
        UNROLL for (int v = 0; v < vectors; v++) {
            total[v] = VECTOR_ADD(total[v], NAME(load_channels)(x + v * LANES, count));
        }
    }
    UNROLL for (int v = 0; v < vectors; v++) { NAME(store_channels)(sums + v * LANES, total[v], count); }
}

static void NAME(channel_sums)(ptrdiff_t pixels, ptrdiff_t channels, const float *x, ptrdiff_t step, float *sums) {
#define BODY(from, vectors, count) NAME(channel_sums_body)(pixels, x + from, step, sums + from, vectors, count)
    NORMALIZATION_CHANNELS(BODY);
#undef BODY
}

static ALWAYS_INLINE void NAME(channel_squares_body)(ptrdiff_t pixels, const float *x, ptrdiff_t step,
                                                     const float *mean, float *sums, const int vectors,
                                                     const int count) {
    VECTOR total[NORMALIZATION_VECTORS], middle[NORMALIZATION_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) {
        total[v] = VECTOR_ZERO();
        middle[v] = NAME(load_channels)(mean + v * LANES, count);
    }
    for (ptrdiff_t pixel = 0; pixel < pixels; pixel++, x += step) {
        UNROLL for (int v = 0; v < vectors; v++) {
            const VECTOR deviation = VECTOR_SUBTRACT(NAME(load_channels)(x + v * LANES, count), middle[v]);
            total[v] = VECTOR_FMA(deviation, deviation, total[v]);
        }
    }
    UNROLL for (int v = 0; v < vectors; v++) { NAME(store_channels)(sums + v * LANES, total[v], count); }
}

static void NAME(channel_squares)(ptrdiff_t pixels, ptrdiff_t channels, const float *x, ptrdiff_t step,
                                  const float *mean, float *sums) {
#define BODY(from, vectors, count)                                                                                     \
    NAME(channel_squares_body)(pixels, x + from, step, mean + from, sums + from, vectors, count)
    NORMALIZATION_CHANNELS(BODY);
#undef BODY
}

static ALWAYS_INLINE void NAME(channel_gradients_body)(ptrdiff_t pixels, const float *dy, const float *x,
                                                       ptrdiff_t step, const float *mean, float *sums, float *products,
                                                       const int vectors, const int count) {
    VECTOR total[NORMALIZATION_VECTORS], product[NORMALIZATION_VECTORS], middle[NORMALIZATION_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) {
        total[v] = product[v] = VECTOR_ZERO();
        middle[v] = NAME(load_channels)(mean + v * LANES, count);
    }
    for (ptrdiff_t pixel = 0; pixel < pixels; pixel++, dy += step, x += step) {
        UNROLL for (int v = 0; v < vectors; v++) {
            const VECTOR gradient = NAME(load_channels)(dy + v * LANES, count);
            const VECTOR deviation = VECTOR_SUBTRACT(NAME(load_channels)(x + v * LANES, count), middle[v]);
            total[v] = VECTOR_ADD(total[v], gradient);
            product[v] = VECTOR_FMA(gradient, deviation, product[v]);
        }
    }
    UNROLL for (int v = 0; v < vectors; v++) {
        NAME(store_channels)(sums + v * LANES, total[v], count);
        NAME(store_channels)(products + v * LANES, product[v], count);
    }
}

static void NAME(channel_gradients)(ptrdiff_t pixels, ptrdiff_t channels, const float *dy, const float *x,
                                    ptrdiff_t step, const float *mean, float *sums, float *products) {
#define BODY(from, vectors, count)                                                                                     \
    NAME(channel_gradients_body)(pixels, dy + from, x + from, step, mean + from, sums + from, products + from,         \
                                 vectors, count)
    NORMALIZATION_CHANNELS(BODY);
#undef BODY
}

static void NAME(channel_means)(ptrdiff_t channels, ptrdiff_t pixels, const float *sums, float *means) {
    const float count = (float)pixels;
    INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) { means[c] = sums[c] / count; }
}

static void NAME(normalization_coefficients)(ptrdiff_t channels, const float *gamma, const float *beta,
                                             const float *mean, const float *variance, double epsilon, float *scale,
                                             float *shift) {
    const float small = (float)epsilon;
    INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) {
        const float factor = (gamma == NULL ? 1.0f : gamma[c]) / sqrtf(variance[c] + small);
        scale[c] = factor;
        shift[c] = SCALAR_FMA(-mean[c], factor, beta == NULL ? 0.0f : beta[c]);
    }
}

static void NAME(scale_shift_pixels)(ptrdiff_t pixels, ptrdiff_t channels, const float *x, const float *scale,
                                     const float *shift, int relu, float *y) {
    for (ptrdiff_t pixel = 0; pixel < pixels; pixel++, x += channels, y += channels) {
        if (shift == NULL) {
            INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) { y[c] = x[c] * scale[c]; }
        } else {
            INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) { y[c] = SCALAR_FMA(x[c], scale[c], shift[c]); }
        }
        if (relu) {
            INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) { y[c] = y[c] <= 0.0f ? 0.0f : y[c]; }
        }
    }
}

/* dgamma from the products of channel_gradients, dbeta from its sums. */
static void NAME(normalization_weight_gradients)(ptrdiff_t channels, const float *sums, const float *products,
                                                 const float *variance, double epsilon, float *dgamma, float *dbeta) {
    const float small = (float)epsilon;
    INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) {
        dgamma[c] = products[c] * (1.0f / sqrtf(variance[c] + small));
        dbeta[c] = sums[c];
    }
}

/* What normalization_input_gradient takes: [scale, offset, slope][channels]. */
static void NAME(normalization_gradient_coefficients)(ptrdiff_t channels, ptrdiff_t pixels, const float *gamma,
                                                      const float *variance, double epsilon, const float *dgamma,
                                                      const float *dbeta, float *coefficients) {
    const float small = (float)epsilon, count = (float)pixels;
    INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) {
        const float root = sqrtf(variance[c] + small), inverse = 1.0f / root;
        coefficients[c] = gamma == NULL ? inverse : gamma[c] / root;
        coefficients[channels + c] = dbeta[c] / count;
        coefficients[2 * channels + c] = (dgamma[c] * inverse) / count;
    }
}

static void NAME(normalization_input_gradient)(ptrdiff_t pixels, ptrdiff_t channels, const float *dy, const float *x,
                                               const float *mean, const float *coefficients, float *dx) {
    const float *scale = coefficients, *offset = coefficients + channels, *slope = coefficients + 2 * channels;
    for (ptrdiff_t pixel = 0; pixel < pixels; pixel++, dy += channels, x += channels, dx += channels) {
        INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) {
            dx[c] = scale[c] * SCALAR_FMA(-slope[c], x[c] - mean[c], dy[c] - offset[c]);
        }
    }
}

static void NAME(moving_average)(ptrdiff_t count, float *average, const float *value, double momentum) {
    const float kept = (float)momentum;
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        average[i] = SCALAR_FMA(kept, average[i], (1.0f - kept) * value[i]);
    }
}

#endif
