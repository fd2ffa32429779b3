/* Softmax of a row: maximum and sums in order. */
#ifndef NATIVECNN_ROWS_H
#define NATIVECNN_ROWS_H

#include "elementary.h"
#include "maximum.h"

static inline float NAME(row_maximum)(ptrdiff_t count, const float *x) {
    float best = x[0];
    for (ptrdiff_t i = 1; i < count; i++)
        best = nativecnn_beats(x[i], best) ? x[i] : best;
    return best;
}

/* Writes exp(x - maximum) and returns its sum. */
static inline float NAME(shifted_exponentials)(ptrdiff_t count, const float *x, float *y) {
    const float maximum = NAME(row_maximum)(count, x);
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = nativecnn_exp(x[i] - maximum); }
    float total = 0.0f;
    for (ptrdiff_t i = 0; i < count; i++)
        total += y[i];
    return total;
}

static void NAME(softmax_row)(ptrdiff_t count, const float *x, float *y) {
    const float total = NAME(shifted_exponentials)(count, x, y);
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] /= total; }
}

static void NAME(softmax_gradient_row)(ptrdiff_t count, const float *dy, const float *y, float *dx) {
    float total = 0.0f;
    for (ptrdiff_t i = 0; i < count; i++)
        total = SCALAR_FMA(dy[i], y[i], total);
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = y[i] * (dy[i] - total); }
}

/* totals[i] = +0 + values[0][i] + values[1][i] + …, for rows `step` floats apart. */
static void NAME(sum_rows)(ptrdiff_t rows, ptrdiff_t count, const float *values, ptrdiff_t step, float *totals) {
    ptrdiff_t from = 0;
    for (; from + 4 * LANES <= count; from += 4 * LANES) {
        VECTOR total[4];
        UNROLL for (int v = 0; v < 4; v++) { total[v] = VECTOR_ZERO(); }
        for (ptrdiff_t row = 0; row < rows; row++) {
            const float *value = values + row * step + from;
            UNROLL for (int v = 0; v < 4; v++) { total[v] = VECTOR_ADD(total[v], VECTOR_LOAD(value + v * LANES)); }
        }
        UNROLL for (int v = 0; v < 4; v++) { VECTOR_STORE(totals + from + v * LANES, total[v]); }
    }
    if (from == count)
        return;
    memset(totals + from, 0, (size_t)(count - from) * sizeof(float));
    for (ptrdiff_t row = 0; row < rows; row++) {
        for (ptrdiff_t i = from; i < count; i++)
            totals[i] += values[row * step + i];
    }
}

#endif
