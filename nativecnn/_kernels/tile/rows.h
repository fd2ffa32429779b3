/* Softmax of a row and its logarithm: maximum and sums in order. */
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

static void NAME(log_softmax_row)(ptrdiff_t count, const float *x, float *y) {
    const float maximum = NAME(row_maximum)(count, x);
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = x[i] - maximum; }
    float total = 0.0f;
    for (ptrdiff_t first = 0; first < count; first += 64) {
        float exponentials[64];
        const ptrdiff_t length = count - first < 64 ? count - first : 64;
        INDEPENDENT for (ptrdiff_t i = 0; i < length; i++) { exponentials[i] = nativecnn_exp(y[first + i]); }
        for (ptrdiff_t i = 0; i < length; i++)
            total += exponentials[i];
    }
    const float log_total = nativecnn_log(total);
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] -= log_total; }
}

static void NAME(log_softmax_gradient_row)(ptrdiff_t count, const float *dy, const float *y, float *dx) {
    float total = 0.0f;
    for (ptrdiff_t i = 0; i < count; i++)
        total += dy[i];
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = SCALAR_FMA(-nativecnn_exp(y[i]), total, dy[i]); }
}

#endif
