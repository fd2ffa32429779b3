/* Transforms of Winograd's minimal filtering, tiles of 4×4 and 2×2 outputs, as docs/arithmetic.md states them. Vectors
 * lie across channels or filters. A tile's numbers are [alpha][alpha], alpha = outputs + 2; WIDEST is the larger alpha. */

#define WINOGRAD_WIDEST 6
#define WINOGRAD_AHEAD 6  /* channels whose weights are asked for in advance */
#define WINOGRAD_A 0.625f /* points 0, ±a, ±b, infinity of the 4×4 tile */
#define WINOGRAD_B 1.5f
#define WINOGRAD_P 0.390625f /* a² */
#define WINOGRAD_Q 2.25f     /* b² */
#define WINOGRAD_PQ 0.87890625f
#define WINOGRAD_S 2.640625f /* a² + b² */
/* 1 / N of each point, times powers of the point. */
#define WINOGRAD_C0 ((float)(256.0 / 225.0))
#define WINOGRAD_NA (2.0 * 0.390625 * (0.390625 - 2.25))
#define WINOGRAD_NB (2.0 * 2.25 * (2.25 - 0.390625))
#define WINOGRAD_CA ((float)(1.0 / WINOGRAD_NA))
#define WINOGRAD_A1 ((float)(0.625 / WINOGRAD_NA))
#define WINOGRAD_A2 ((float)(0.390625 / WINOGRAD_NA))
#define WINOGRAD_A3 ((float)(0.244140625 / WINOGRAD_NA))
#define WINOGRAD_CB ((float)(1.0 / WINOGRAD_NB))
#define WINOGRAD_B1 ((float)(1.5 / WINOGRAD_NB))
#define WINOGRAD_B2 ((float)(2.25 / WINOGRAD_NB))
#define WINOGRAD_B3 ((float)(3.375 / WINOGRAD_NB))

static inline VECTOR NAME(constant)(float value) { return VECTOR_BROADCAST(&value); }

#define FMA_CONSTANT(c, x, y) VECTOR_FMA(NAME(constant)(c), x, y)
#define TIMES(c, x) VECTOR_MULTIPLY(NAME(constant)(c), x)

/* In each one-dimensional transform numbers lie `step` apart, in and out. */
static ALWAYS_INLINE void NAME(winograd_input)(int outputs, int step, const VECTOR *d, VECTOR *v) {
    if (outputs == 4) {
        const VECTOR f = FMA_CONSTANT(-WINOGRAD_Q, d[step], d[3 * step]);
        const VECTOR e = FMA_CONSTANT(-WINOGRAD_Q, d[2 * step], d[4 * step]);
        const VECTOR h = FMA_CONSTANT(-WINOGRAD_P, d[step], d[3 * step]);
        const VECTOR g = FMA_CONSTANT(-WINOGRAD_P, d[2 * step], d[4 * step]);
        const VECTOR first = FMA_CONSTANT(-WINOGRAD_S, d[2 * step], d[4 * step]);
        const VECTOR last = FMA_CONSTANT(-WINOGRAD_S, d[3 * step], d[5 * step]);
        v[0] = FMA_CONSTANT(WINOGRAD_PQ, d[0], first);
        v[5 * step] = FMA_CONSTANT(WINOGRAD_PQ, d[step], last);
        v[step] = FMA_CONSTANT(WINOGRAD_A, f, e);
        v[2 * step] = FMA_CONSTANT(-WINOGRAD_A, f, e);
        v[3 * step] = FMA_CONSTANT(WINOGRAD_B, h, g);
        v[4 * step] = FMA_CONSTANT(-WINOGRAD_B, h, g);
    } else {
        const VECTOR d1 = d[step], d2 = d[2 * step], d3 = d[3 * step];
        v[0] = VECTOR_SUBTRACT(d[0], d2);
        v[step] = VECTOR_ADD(d1, d2);
        v[2 * step] = VECTOR_SUBTRACT(d2, d1);
        v[3 * step] = VECTOR_SUBTRACT(d3, d1);
    }
}

static ALWAYS_INLINE void NAME(winograd_filter)(int outputs, int step, const VECTOR *g, VECTOR *u) {
    const VECTOR g0 = g[0], g1 = g[step], g2 = g[2 * step];
    if (outputs == 4) {
        const VECTOR t = FMA_CONSTANT(WINOGRAD_P, g2, g0), s = FMA_CONSTANT(WINOGRAD_Q, g2, g0);
        u[0] = g0;
        u[step] = FMA_CONSTANT(WINOGRAD_A, g1, t);
        u[2 * step] = FMA_CONSTANT(-WINOGRAD_A, g1, t);
        u[3 * step] = FMA_CONSTANT(WINOGRAD_B, g1, s);
        u[4 * step] = FMA_CONSTANT(-WINOGRAD_B, g1, s);
        u[5 * step] = g2;
    } else {
        const VECTOR t = VECTOR_ADD(g0, g2);
        u[0] = g0;
        u[step] = TIMES(0.5f, VECTOR_ADD(t, g1));
        u[2 * step] = TIMES(0.5f, VECTOR_SUBTRACT(t, g1));
        u[3 * step] = g2;
    }
}

static ALWAYS_INLINE void NAME(winograd_gradient)(int outputs, int step, const VECTOR *g, VECTOR *u) {
    const VECTOR g0 = g[0], g1 = g[step];
    if (outputs == 4) {
        const VECTOR g2 = g[2 * step], g3 = g[3 * step];
        const VECTOR t = FMA_CONSTANT(WINOGRAD_P, g2, g0), o = FMA_CONSTANT(WINOGRAD_P, g3, g1);
        const VECTOR s = FMA_CONSTANT(WINOGRAD_Q, g2, g0), r = FMA_CONSTANT(WINOGRAD_Q, g3, g1);
        u[0] = g0;
        u[step] = FMA_CONSTANT(WINOGRAD_A, o, t);
        u[2 * step] = FMA_CONSTANT(-WINOGRAD_A, o, t);
        u[3 * step] = FMA_CONSTANT(WINOGRAD_B, r, s);
        u[4 * step] = FMA_CONSTANT(-WINOGRAD_B, r, s);
        u[5 * step] = g3;
    } else {
        u[0] = g0;
        u[step] = TIMES(0.5f, VECTOR_ADD(g0, g1));
        u[2 * step] = TIMES(0.5f, VECTOR_SUBTRACT(g0, g1));
        u[3 * step] = g1;
    }
}

/* `results` numbers: the tile's outputs, or the 3 taps of a kernel's gradient. */
static ALWAYS_INLINE void NAME(winograd_output)(int outputs, int results, int step, const VECTOR *m, VECTOR *y) {
    const VECTOR m0 = m[0], m1 = m[step], m2 = m[2 * step], m3 = m[3 * step];
    const VECTOR s1 = VECTOR_ADD(m1, m2), d1 = VECTOR_SUBTRACT(m1, m2);
    if (outputs == 4) {
        const VECTOR m4 = m[4 * step], m5 = m[5 * step];
        const VECTOR s2 = VECTOR_ADD(m3, m4), d2 = VECTOR_SUBTRACT(m3, m4);
        y[0] = FMA_CONSTANT(WINOGRAD_CB, s2, FMA_CONSTANT(WINOGRAD_CA, s1, TIMES(WINOGRAD_C0, m0)));
        y[step] = FMA_CONSTANT(WINOGRAD_B1, d2, TIMES(WINOGRAD_A1, d1));
        if (results == 4) {
            y[2 * step] = FMA_CONSTANT(WINOGRAD_B2, s2, TIMES(WINOGRAD_A2, s1));
            y[3 * step] = FMA_CONSTANT(WINOGRAD_B3, d2, FMA_CONSTANT(WINOGRAD_A3, d1, m5));
        } else {
            y[2 * step] = FMA_CONSTANT(WINOGRAD_B2, s2, FMA_CONSTANT(WINOGRAD_A2, s1, m5));
        }
    } else {
        y[0] = VECTOR_ADD(VECTOR_ADD(m0, m1), m2);
        if (results == 2) {
            y[step] = VECTOR_ADD(d1, m3);
        } else {
            y[step] = d1;
            y[2 * step] = VECTOR_ADD(s1, m3);
        }
    }
}

/* A vector whose first `count` numbers are those at p, the others zero; and the way back. */
static ALWAYS_INLINE VECTOR NAME(load_part)(const float *p, ptrdiff_t count) {
    if (count >= LANES)
        return VECTOR_LOAD(p);
    return count > 0 ? VECTOR_LOAD_PART(p, count) : VECTOR_ZERO();
}
static ALWAYS_INLINE void NAME(store_part)(float *p, VECTOR a, ptrdiff_t count) {
    if (count >= LANES) {
        VECTOR_STORE(p, a);
    } else if (count > 0) {
        VECTOR_STORE_PART(p, count, a);
    }
}

/* In the transforms of images `later` points at the pixels of a tile that is transformed some time after. */

/* target[k * step] = (Bᵀ d B)[k] of `count` channels, at most LANES, for tiles whose pixel k begins at pixels[k]; a whole
 * vector is written, with zeros for the channels beyond the last. */
static ALWAYS_INLINE void NAME(winograd_input_vector)(int outputs, ptrdiff_t count, const float *const *pixels,
                                                      const float *const *later, ptrdiff_t offset, float *target,
                                                      ptrdiff_t step) {
    const int alpha = outputs + 2;
    UNROLL for (int j = 2; j < alpha; j++) {
        UNROLL for (int i = 0; i < alpha; i++) { PREFETCH(later[i * alpha + j], offset); }
    }
    VECTOR d[WINOGRAD_WIDEST], v[WINOGRAD_WIDEST * WINOGRAD_WIDEST];
    UNROLL for (int j = 0; j < alpha; j++) {
        UNROLL for (int i = 0; i < alpha; i++) { d[i] = NAME(load_part)(pixels[i * alpha + j] + offset, count); }
        NAME(winograd_input)(outputs, 1, d, d);
        UNROLL for (int i = 0; i < alpha; i++) { v[i * alpha + j] = d[i]; }
    }
    UNROLL for (int i = 0; i < alpha; i++) {
        NAME(winograd_input)(outputs, 1, v + i * alpha, d);
        UNROLL for (int j = 0; j < alpha; j++) { VECTOR_STORE(target + (i * alpha + j) * step, d[j]); }
    }
}

static ALWAYS_INLINE void NAME(winograd_inputs)(int outputs, ptrdiff_t channels, const float *const *pixels,
                                                const float *const *later, ptrdiff_t offset, float *target,
                                                ptrdiff_t step) {
    ptrdiff_t from = 0;
    for (; from + LANES <= channels; from += LANES)
        NAME(winograd_input_vector)(outputs, LANES, pixels, later, offset + from, target + from, step);
    if (from < channels)
        NAME(winograd_input_vector)(outputs, channels - from, pixels, later, offset + from, target + from, step);
}

/* target[k * step + channel * TILE_FILTERS + f] = (G g Gᵀ)[k] of kernels of 3×3 taps. */
static ALWAYS_INLINE void NAME(winograd_filters)(int outputs, ptrdiff_t channels, const float *weights,
                                                 ptrdiff_t row_step, ptrdiff_t column_step, ptrdiff_t channel_step,
                                                 float *target, ptrdiff_t step) {
    const int alpha = outputs + 2;
    for (ptrdiff_t channel = 0; channel < channels; channel++) {
        for (int v = 0; v < TILE_VECTORS; v++) {
            const float *first = weights + channel * channel_step + v * LANES;
            float *transformed = target + channel * TILE_FILTERS + v * LANES;
            VECTOR g[3], u[WINOGRAD_WIDEST], half[WINOGRAD_WIDEST * 3];
            UNROLL for (int j = 0; j < 3; j++) {
                UNROLL for (int i = 0; i < 3; i++) {
                    PREFETCH(first + i * row_step + j * column_step, WINOGRAD_AHEAD * channel_step);
                    g[i] = VECTOR_LOAD(first + i * row_step + j * column_step);
                }
                NAME(winograd_filter)(outputs, 1, g, u);
                UNROLL for (int i = 0; i < alpha; i++) { half[i * 3 + j] = u[i]; }
            }
            UNROLL for (int i = 0; i < alpha; i++) {
                NAME(winograd_filter)(outputs, 1, half + i * 3, u);
                UNROLL for (int j = 0; j < alpha; j++) { VECTOR_STORE(transformed + (i * alpha + j) * step, u[j]); }
            }
        }
    }
}

/* Outputs of one tile: rows × columns pixels from `target` on, `filters` (at most TILE_FILTERS) side by side. */
static ALWAYS_INLINE void NAME(winograd_outputs)(int outputs, const float *totals, ptrdiff_t step,
                                                 const nativecnn_epilogue *epilogue, ptrdiff_t filter,
                                                 ptrdiff_t filters, ptrdiff_t rows, ptrdiff_t columns, float *target,
                                                 ptrdiff_t row_step, ptrdiff_t column_step) {
    const int alpha = outputs + 2;
    for (int v = 0; v < TILE_VECTORS && v * LANES < filters; v++) {
        VECTOR m[WINOGRAD_WIDEST], y[4], half[4 * WINOGRAD_WIDEST];
        UNROLL for (int i = 0; i < outputs; i++) {
            UNROLL for (int j = 0; j < outputs; j++) {
                PREFETCH_WRITE(target + i * row_step + j * column_step + v * LANES, outputs * column_step);
            }
        }
        UNROLL for (int j = 0; j < alpha; j++) {
            UNROLL for (int i = 0; i < alpha; i++) {
                m[i] = VECTOR_LOAD(totals + (i * alpha + j) * step + v * LANES);
                PREFETCH(totals + (i * alpha + j) * step + v * LANES, TILE_FILTERS);
            }
            NAME(winograd_output)(outputs, outputs, 1, m, y);
            UNROLL for (int i = 0; i < outputs; i++) { half[i * alpha + j] = y[i]; }
        }
        const ptrdiff_t left = filters - v * LANES;
        const int count = left < LANES ? (int)left : LANES;
        UNROLL for (int i = 0; i < outputs; i++) {
            if (i >= rows)
                break;
            float *places[4];
            VECTOR total[4][TILE_VECTORS];
            NAME(winograd_output)(outputs, outputs, 1, half + i * alpha, y);
            UNROLL for (int j = 0; j < outputs; j++) { /* columns beyond the image are those of the first, unstored */
                places[j] = target + i * row_step + (j < columns ? j : 0) * column_step + v * LANES;
                total[j][0] = y[j];
            }
            NAME(finish_sums)(outputs, 1, count, epilogue, filter + v * LANES, places, total);
            UNROLL for (int j = 0; j < outputs; j++) {
                if (j < columns)
                    NAME(store_part)(places[j], total[j][0], count);
            }
        }
    }
}

/* target[k * step + f] = (G' g G'ᵀ)[k] of output gradients; pixels: [outputs][outputs] pointers. Filters beyond
 * `filters`, up to TILE_FILTERS, become zeros. */
static ALWAYS_INLINE void NAME(winograd_gradients)(int outputs, ptrdiff_t filters, const float *const *pixels,
                                                   const float *const *later, ptrdiff_t offset, float *target,
                                                   ptrdiff_t step) {
    const int alpha = outputs + 2;
    for (int v = 0; v < TILE_VECTORS; v++) {
        UNROLL for (int k = 0; k < outputs * outputs; k++) { PREFETCH(later[k], offset + v * LANES); }
        VECTOR g[4], u[WINOGRAD_WIDEST], half[WINOGRAD_WIDEST * 4];
        UNROLL for (int j = 0; j < outputs; j++) {
            UNROLL for (int i = 0; i < outputs; i++) {
                g[i] = NAME(load_part)(pixels[i * outputs + j] + offset + v * LANES, filters - v * LANES);
            }
            NAME(winograd_gradient)(outputs, 1, g, u);
            UNROLL for (int i = 0; i < alpha; i++) { half[i * 4 + j] = u[i]; }
        }
        UNROLL for (int i = 0; i < alpha; i++) {
            NAME(winograd_gradient)(outputs, 1, half + i * 4, u);
            UNROLL for (int j = 0; j < alpha; j++) { VECTOR_STORE(target + (i * alpha + j) * step + v * LANES, u[j]); }
        }
    }
}

/* The gradient of one channel's 3×3 taps: target[tap * tap_step + f] for `filters` filters. */
static ALWAYS_INLINE void NAME(winograd_kernel_gradients)(int outputs, const float *totals, ptrdiff_t step,
                                                          ptrdiff_t filters, float *target, ptrdiff_t tap_step) {
    const int alpha = outputs + 2;
    for (int v = 0; v < TILE_VECTORS && v * LANES < filters; v++) {
        VECTOR m[WINOGRAD_WIDEST], y[3], half[3 * WINOGRAD_WIDEST];
        UNROLL for (int j = 0; j < alpha; j++) {
            UNROLL for (int i = 0; i < alpha; i++) { m[i] = VECTOR_LOAD(totals + (i * alpha + j) * step + v * LANES); }
            NAME(winograd_output)(outputs, 3, 1, m, y);
            UNROLL for (int i = 0; i < 3; i++) { half[i * alpha + j] = y[i]; }
        }
        UNROLL for (int i = 0; i < 3; i++) {
            NAME(winograd_output)(outputs, 3, 1, half + i * alpha, y);
            UNROLL for (int j = 0; j < 3; j++) {
                NAME(store_part)(target + (i * 3 + j) * tap_step + v * LANES, y[j], filters - v * LANES);
            }
        }
    }
}

#define WINOGRAD_KERNELS(outputs)                                                                                      \
    static void NAME(winograd_inputs_##outputs) NATIVECNN_WINOGRAD_INPUTS {                                            \
        NAME(winograd_inputs)(outputs, channels, pixels, later, offset, target, step);                                 \
    }                                                                                                                  \
    static void NAME(winograd_filters_##outputs) NATIVECNN_WINOGRAD_FILTERS {                                          \
        NAME(winograd_filters)(outputs, channels, weights, row_step, column_step, channel_step, target, step);         \
    }                                                                                                                  \
    static void NAME(winograd_outputs_##outputs) NATIVECNN_WINOGRAD_OUTPUTS {                                          \
        NAME(winograd_outputs)(outputs, totals, step, epilogue, filter, filters, rows, columns, target, row_step,      \
                               column_step);                                                                           \
    }                                                                                                                  \
    static void NAME(winograd_gradients_##outputs) NATIVECNN_WINOGRAD_GRADIENTS {                                      \
        NAME(winograd_gradients)(outputs, filters, pixels, later, offset, target, step);                               \
    }                                                                                                                  \
    static void NAME(winograd_kernel_gradients_##outputs) NATIVECNN_WINOGRAD_KERNEL_GRADIENTS {                        \
        NAME(winograd_kernel_gradients)(outputs, totals, step, filters, target, tap_step);                             \
    }
WINOGRAD_KERNELS(4)
WINOGRAD_KERNELS(2)
