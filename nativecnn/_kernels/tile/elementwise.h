/* Functions of single elements. */
#include "elementary.h"

static void NAME(add)(ptrdiff_t count, const float *a, const float *b, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = a[i] + b[i]; }
}

static void NAME(subtract)(ptrdiff_t count, const float *a, const float *b, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = a[i] - b[i]; }
}

static void NAME(negate)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = -x[i]; }
}

static void NAME(divide)(ptrdiff_t count, const float *x, float divisor, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = x[i] / divisor; }
}

static void NAME(exp)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = nativecnn_exp(x[i]); }
}

static void NAME(log)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = nativecnn_log(x[i]); }
}

static void NAME(relu)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = x[i] <= 0.0f ? 0.0f : x[i]; }
}

static void NAME(sigmoid)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = nativecnn_sigmoid(x[i]); }
}

static void NAME(tanh)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = nativecnn_tanh(x[i]); }
}

static void NAME(relu_gradient)(ptrdiff_t count, const float *dy, const float *y, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = y[i] <= 0.0f ? 0.0f : dy[i]; }
}

static void NAME(sigmoid_gradient)(ptrdiff_t count, const float *dy, const float *y, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = dy[i] * (y[i] * (1.0f - y[i])); }
}

static void NAME(tanh_gradient)(ptrdiff_t count, const float *dy, const float *y, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = dy[i] * SCALAR_FMA(-y[i], y[i], 1.0f); }
}
