/* Layer normalization of one row. Value i of a sum belongs to lane i modulo 16, whose values are added in order; the
 * lanes are combined by a binary tree. Weight gradients are sums over rows: there vectors lie across the values. */

#include "batch_normalization.h"

enum { ROW_LANES = 16, ROW_VECTORS = ROW_LANES / LANES };

/* Combines the lanes. */
static inline float NAME(lane_tree)(float lanes[ROW_LANES]) {
    for (int distance = 1; distance < ROW_LANES; distance *= 2)
        for (int lane = 0; lane < ROW_LANES; lane += 2 * distance)
            lanes[lane] = lanes[lane] + lanes[lane + distance];
    return lanes[0];
}

static inline float NAME(row_sum)(ptrdiff_t count, const float *x) {
    VECTOR total[ROW_VECTORS];
    float lanes[ROW_LANES];
    ptrdiff_t first = 0;
    UNROLL for (int v = 0; v < ROW_VECTORS; v++) { total[v] = VECTOR_ZERO(); }
    for (; first + ROW_LANES <= count; first += ROW_LANES) {
        UNROLL for (int v = 0; v < ROW_VECTORS; v++) {
            total[v] = VECTOR_ADD(total[v], VECTOR_LOAD(x + first + v * LANES));
        }
    }
    UNROLL for (int v = 0; v < ROW_VECTORS; v++) { VECTOR_STORE(lanes + v * LANES, total[v]); }
    for (ptrdiff_t i = first; i < count; i++)
        lanes[i - first] = lanes[i - first] + x[i];
    return NAME(lane_tree)(lanes);
}

/* Of (x - mean)². */
static inline float NAME(row_squares)(ptrdiff_t count, const float *x, float mean) {
    const VECTOR middle = VECTOR_BROADCAST(&mean);
    VECTOR total[ROW_VECTORS];
    float lanes[ROW_LANES];
    ptrdiff_t first = 0;
    UNROLL for (int v = 0; v < ROW_VECTORS; v++) { total[v] = VECTOR_ZERO(); }
    for (; first + ROW_LANES <= count; first += ROW_LANES) {
        UNROLL for (int v = 0; v < ROW_VECTORS; v++) {
            const VECTOR deviation = VECTOR_SUBTRACT(VECTOR_LOAD(x + first + v * LANES), middle);
            total[v] = VECTOR_FMA(deviation, deviation, total[v]);
        }
    }
    UNROLL for (int v = 0; v < ROW_VECTORS; v++) { VECTOR_STORE(lanes + v * LANES, total[v]); }
    for (ptrdiff_t i = first; i < count; i++) {
        const float deviation = x[i] - mean;
        lanes[i - first] = SCALAR_FMA(deviation, deviation, lanes[i - first]);
    }
    return NAME(lane_tree)(lanes);
}

static void NAME(normalize_row)(ptrdiff_t count, const float *x, const float *gamma, const float *beta, double epsilon,
                                float *mean, float *inverse, float *y) {
    const float divisor = (float)count;
    const float middle = NAME(row_sum)(count, x) / divisor;
    const float factor = 1.0f / sqrtf(NAME(row_squares)(count, x, middle) / divisor + (float)epsilon);
    *mean = middle;
    *inverse = factor;
    if (gamma != NULL && beta != NULL) {
        INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
            y[i] = SCALAR_FMA((x[i] - middle) * factor, gamma[i], beta[i]);
        }
    } else if (gamma != NULL) {
        INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = ((x[i] - middle) * factor) * gamma[i]; }
    } else if (beta != NULL) {
        INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = ((x[i] - middle) * factor) + beta[i]; }
    } else {
        INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = (x[i] - middle) * factor; }
    }
}

/* gradients and normals (scratch): dy · gamma, and (x - mean) · inverse */
static void NAME(normalize_row_gradient)(ptrdiff_t count, const float *dy, const float *x, const float *gamma,
                                         float mean, float inverse, float *scratch, float *dx) {
    float *gradients = scratch, *normals = scratch + count;
    const float divisor = (float)count;
    VECTOR total[ROW_VECTORS];
    float lanes[ROW_LANES];
    ptrdiff_t first = 0;
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { normals[i] = (x[i] - mean) * inverse; }
    if (gamma == NULL)
        memcpy(gradients, dy, (size_t)count * sizeof(float));
    else
        INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { gradients[i] = dy[i] * gamma[i]; }
    UNROLL for (int v = 0; v < ROW_VECTORS; v++) { total[v] = VECTOR_ZERO(); }
    for (; first + ROW_LANES <= count; first += ROW_LANES) {
        UNROLL for (int v = 0; v < ROW_VECTORS; v++) {
            const ptrdiff_t i = first + v * LANES;
            total[v] = VECTOR_FMA(VECTOR_LOAD(gradients + i), VECTOR_LOAD(normals + i), total[v]);
        }
    }
    UNROLL for (int v = 0; v < ROW_VECTORS; v++) { VECTOR_STORE(lanes + v * LANES, total[v]); }
    for (ptrdiff_t i = first; i < count; i++)
        lanes[i - first] = SCALAR_FMA(gradients[i], normals[i], lanes[i - first]);
    const float slope = NAME(lane_tree)(lanes) / divisor;
    const float offset = NAME(row_sum)(count, gradients) / divisor;
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        dx[i] = inverse * SCALAR_FMA(-normals[i], slope, gradients[i] - offset);
    }
}

/* Sums over rows of dy, and of dy · (x - mean) · inverse. */
static ALWAYS_INLINE void NAME(row_gradients_body)(ptrdiff_t rows, const float *dy, const float *x, ptrdiff_t step,
                                                   const float *mean, const float *inverse, float *sums,
                                                   float *products, const int vectors, const int count) {
    VECTOR total[NORMALIZATION_VECTORS], product[NORMALIZATION_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) { total[v] = product[v] = VECTOR_ZERO(); }
    for (ptrdiff_t row = 0; row < rows; row++, dy += step, x += step) {
        const VECTOR middle = VECTOR_BROADCAST(mean + row), factor = VECTOR_BROADCAST(inverse + row);
        UNROLL for (int v = 0; v < vectors; v++) {
            const VECTOR gradient = NAME(load_channels)(dy + v * LANES, count);
            const VECTOR deviation = VECTOR_SUBTRACT(NAME(load_channels)(x + v * LANES, count), middle);
            total[v] = VECTOR_ADD(total[v], gradient);
            product[v] = VECTOR_FMA(gradient, VECTOR_MULTIPLY(deviation, factor), product[v]);
        }
    }
    UNROLL for (int v = 0; v < vectors; v++) {
        NAME(store_channels)(sums + v * LANES, total[v], count);
        NAME(store_channels)(products + v * LANES, product[v], count);
    }
}

static void NAME(row_gradients)(ptrdiff_t rows, ptrdiff_t channels, const float *dy, const float *x, ptrdiff_t step,
                                const float *mean, const float *inverse, float *sums, float *products) {
#define BODY(from, vectors, count)                                                                                     \
    NAME(row_gradients_body)(rows, dy + from, x + from, step, mean, inverse, sums + from, products + from, vectors,    \
                             count)
    NORMALIZATION_CHANNELS(BODY);
#undef BODY
}
