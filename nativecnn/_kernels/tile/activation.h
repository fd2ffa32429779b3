/* Activation functions of single elements, and their gradients. Outputs may be inputs. */
#include "smooth.h"

/* +0 for a slope of 0, whatever x. */
static inline float NAME(sloped)(float x, float slope) {
    const float product = slope * x;
    return slope == 0.0f ? 0.0f : product;
}

static void NAME(relu6)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = x[i] <= 0.0f ? 0.0f : x[i] >= 6.0f ? 6.0f : x[i]; }
}

static void NAME(relu6_gradient)(ptrdiff_t count, const float *dy, const float *y, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = (y[i] <= 0.0f) | (y[i] >= 6.0f) ? 0.0f : dy[i]; }
}

/* settings: negative slope */
static void NAME(leaky_relu)(ptrdiff_t count, const float *settings, const float *x, float *y) {
    const float slope = settings[0];
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = x[i] <= 0.0f ? NAME(sloped)(x[i], slope) : x[i]; }
}

static void NAME(leaky_relu_gradient)(ptrdiff_t count, const float *settings, const float *dy, const float *y,
                                      float *dx) {
    const float slope = settings[0];
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = y[i] <= 0.0f ? NAME(sloped)(dy[i], slope) : dy[i]; }
}

/* settings: maximum, negative slope, threshold */
static void NAME(clipped_relu)(ptrdiff_t count, const float *settings, const float *x, float *y) {
    const float maximum = settings[0], slope = settings[1], threshold = settings[2];
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float kept = x[i] >= maximum ? maximum : x[i], below = NAME(sloped)(x[i] - threshold, slope);
        y[i] = x[i] <= threshold ? below : kept;
    }
}

/* settings: maximum, negative slope */
static void NAME(clipped_relu_gradient)(ptrdiff_t count, const float *settings, const float *dy, const float *y,
                                        float *dx) {
    const float maximum = settings[0], slope = settings[1];
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float kept = y[i] <= 0.0f ? NAME(sloped)(dy[i], slope) : dy[i];
        dx[i] = y[i] >= maximum ? 0.0f : kept;
    }
}

static void NAME(hard_sigmoid)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float shifted = x[i] + 3.0f;
        y[i] = (shifted <= 0.0f ? 0.0f : shifted >= 6.0f ? 6.0f : shifted) / 6.0f;
    }
}

static void NAME(hard_sigmoid_gradient)(ptrdiff_t count, const float *dy, const float *y, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float inside = dy[i] / 6.0f;
        dx[i] = (y[i] <= 0.0f) | (y[i] >= 1.0f) ? 0.0f : inside;
    }
}

static void NAME(hard_silu)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float shifted = x[i] + 3.0f, inside = x[i] * (shifted / 6.0f);
        y[i] = shifted <= 0.0f ? 0.0f : shifted >= 6.0f ? x[i] : inside;
    }
}

static void NAME(hard_silu_gradient)(ptrdiff_t count, const float *dy, const float *x, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float shifted = x[i] + 3.0f, inside = dy[i] * (((x[i] + x[i]) + 3.0f) / 6.0f);
        dx[i] = shifted <= 0.0f ? 0.0f : shifted >= 6.0f ? dy[i] : inside;
    }
}

static void NAME(exp_gradient)(ptrdiff_t count, const float *dy, const float *y, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = dy[i] * y[i]; }
}

/* settings: alpha */
static void NAME(elu)(ptrdiff_t count, const float *settings, const float *x, float *y) {
    const double alpha = settings[0];
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = (float)nativecnn_elu(x[i], alpha); }
}

static void NAME(elu_gradient)(ptrdiff_t count, const float *settings, const float *dy, const float *y, float *dx) {
    const double alpha = settings[0];
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = (float)(dy[i] * nativecnn_elu_slope(y[i], alpha)); }
}

static void NAME(selu)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = (float)nativecnn_selu(x[i]); }
}

static void NAME(selu_gradient)(ptrdiff_t count, const float *dy, const float *y, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = (float)(dy[i] * nativecnn_selu_slope(y[i])); }
}

static void NAME(softplus)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = (float)nativecnn_softplus(x[i]); }
}

static void NAME(softplus_gradient)(ptrdiff_t count, const float *dy, const float *y, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = (float)(dy[i] * nativecnn_softplus_slope(y[i])); }
}

static void NAME(softsign)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = (float)nativecnn_softsign(x[i]); }
}

static void NAME(softsign_gradient)(ptrdiff_t count, const float *dy, const float *x, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = (float)(dy[i] * nativecnn_softsign_slope(x[i])); }
}

static void NAME(silu)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = (float)nativecnn_silu(x[i]); }
}

static void NAME(silu_gradient)(ptrdiff_t count, const float *dy, const float *x, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = (float)(dy[i] * nativecnn_silu_slope(x[i])); }
}

static void NAME(gelu)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = (float)nativecnn_gelu(x[i]); }
}

static void NAME(gelu_gradient)(ptrdiff_t count, const float *dy, const float *x, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = (float)(dy[i] * nativecnn_gelu_slope(x[i])); }
}

static void NAME(approximate_gelu)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = (float)nativecnn_approximate_gelu(x[i]); }
}

static void NAME(approximate_gelu_gradient)(ptrdiff_t count, const float *dy, const float *x, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        dx[i] = (float)(dy[i] * nativecnn_approximate_gelu_slope(x[i]));
    }
}

static void NAME(mish)(ptrdiff_t count, const float *x, float *y) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { y[i] = (float)nativecnn_mish(x[i]); }
}

static void NAME(mish_gradient)(ptrdiff_t count, const float *dy, const float *x, float *dx) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { dx[i] = (float)(dy[i] * nativecnn_mish_slope(x[i])); }
}
