// docs/arithmetic-activations.md, all of it. Settings come as double and are rounded to float32 here.

#include "second_opinion.h"

// ---- Functions of straight pieces -----------------------------------------------------------------------------------

// s ∘ v
static float sloped(float s, float v) { return s == 0.0f ? 0.0f : s * v; }

void relu6_array(int64_t count, const float *x, float *y) {
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] <= 0.0f ? 0.0f : x[i] >= 6.0f ? 6.0f : x[i];
}

void relu6_gradient(int64_t count, const float *dy, const float *y, float *dx) {
    for (int64_t i = 0; i < count; i++)
        dx[i] = y[i] <= 0.0f || y[i] >= 6.0f ? 0.0f : dy[i];
}

void leaky_relu_array(int64_t count, const float *x, float *y, double slope) {
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] <= 0.0f ? sloped((float)slope, x[i]) : x[i];
}

void leaky_relu_gradient(int64_t count, const float *dy, const float *y, float *dx, double slope) {
    for (int64_t i = 0; i < count; i++)
        dx[i] = y[i] <= 0.0f ? sloped((float)slope, dy[i]) : dy[i];
}

void clipped_relu_array(int64_t count, const float *x, float *y, double maximum, double slope, double threshold) {
    const float m = (float)maximum, s = (float)slope, theta = (float)threshold;
    for (int64_t i = 0; i < count; i++) {
        if (x[i] <= theta)
            y[i] = sloped(s, x[i] - theta);
        else if (x[i] >= m)
            y[i] = m;
        else
            y[i] = x[i];
    }
}

void clipped_relu_gradient(int64_t count, const float *dy, const float *y, float *dx, double maximum, double slope) {
    for (int64_t i = 0; i < count; i++) {
        if (y[i] >= (float)maximum)
            dx[i] = 0.0f;
        else if (y[i] <= 0.0f)
            dx[i] = sloped((float)slope, dy[i]);
        else
            dx[i] = dy[i];
    }
}

void hard_sigmoid_array(int64_t count, const float *x, float *y) {
    for (int64_t i = 0; i < count; i++) {
        float a = x[i] + 3.0f;
        relu6_array(1, &a, &a);
        y[i] = a / 6.0f;
    }
}

void hard_sigmoid_gradient(int64_t count, const float *dy, const float *y, float *dx) {
    for (int64_t i = 0; i < count; i++)
        dx[i] = y[i] <= 0.0f || y[i] >= 1.0f ? 0.0f : dy[i] / 6.0f;
}

void hard_silu_array(int64_t count, const float *x, float *y) {
    for (int64_t i = 0; i < count; i++) {
        float a = x[i] + 3.0f;
        y[i] = a <= 0.0f ? 0.0f : a >= 6.0f ? x[i] : x[i] * (a / 6.0f);
    }
}

void hard_silu_gradient(int64_t count, const float *dy, const float *x, float *dx) {
    for (int64_t i = 0; i < count; i++) {
        float a = x[i] + 3.0f;
        dx[i] = a <= 0.0f ? 0.0f : a >= 6.0f ? dy[i] : dy[i] * (((x[i] + x[i]) + 3.0f) / 6.0f);
    }
}

// ---- PReLU: arrays (samples, pixels, slopes) ------------------------------------------------------------------------

void prelu(int64_t samples, int64_t pixels, int64_t slopes, const float *x, const float *alpha, float *y) {
    for (int64_t i = 0; i < samples * pixels * slopes; i++)
        y[i] = x[i] <= 0.0f ? alpha[i % slopes] * x[i] : x[i];
}

void prelu_input_gradient(int64_t samples, int64_t pixels, int64_t slopes, const float *dy, const float *x,
                          const float *alpha, float *dx) {
    for (int64_t i = 0; i < samples * pixels * slopes; i++)
        dx[i] = x[i] <= 0.0f ? alpha[i % slopes] * dy[i] : dy[i];
}

void prelu_slope_gradient(int64_t samples, int64_t pixels, int64_t slopes, const float *x, const float *dy,
                          float *dalpha) {
    int64_t count = samples * pixels;
    float *a = malloc((size_t)(count + 1) * sizeof *a), *b = malloc((size_t)(count + 1) * sizeof *b);
    for (int64_t s = 0; s < slopes; s++) {
        for (int64_t i = 0; i < count; i++) {
            int takes_part = x[i * slopes + s] <= 0.0f;
            a[i] = takes_part ? x[i * slopes + s] : -0.0f; // −0 · 0 added to anything leaves it as it is
            b[i] = takes_part ? dy[i * slopes + s] : 0.0f;
        }
        dalpha[s] = count ? sum_over_batch(a, b, samples, pixels, 1) : 0.0f;
    }
    free(a);
    free(b);
}

// ---- Log-softmax ----------------------------------------------------------------------------------------------------

void log_softmax(int64_t rows, int64_t count, const float *x, float *y) {
    float *e = malloc((size_t)count * sizeof *e);
    for (int64_t n = 0; n < rows; n++, x += count, y += count) {
        float m, total = softmax_terms(x, count, e, &m);
        for (int64_t j = 0; j < count; j++)
            y[j] = (x[j] - m) - correct_log(total);
    }
    free(e);
}

void log_softmax_gradient(int64_t rows, int64_t count, const float *dy, const float *y, float *dx) {
    for (int64_t n = 0; n < rows; n++, dy += count, y += count, dx += count) {
        float d = 0.0f;
        for (int64_t j = 0; j < count; j++)
            d = d + dy[j];
        for (int64_t j = 0; j < count; j++)
            dx[j] = fmaf(-correct_exp(y[j]), d, dy[j]);
    }
}

// ---- Smooth functions: float64 --------------------------------------------------------------------------------------

static double at_least(double x, double a) { return x < a ? a : x; }
static double at_most(double x, double a) { return x > a ? a : x; }
static double within(double x, double a) { return at_most(at_least(x, -a), a); }

static double polynomial(const double *c, int count, double x) {
    double v = c[0];
    for (int i = 1; i < count; i++)
        v = v * x + c[i];
    return v;
}

static const double LN2_HIGH = 0x1.62e42fefa38p-1, LN2_LOW = 0x1.ef35793c7673p-45;

// docs/arithmetic-elementary.md, "The exponential, in two parts"
static double exp_parts(double x, double *p) {
    const double shift = 0x1.8p52;
    double e[12], factorial = 1.0;
    for (int n = 2; n <= 13; n++) {
        factorial = factorial * n;
        e[13 - n] = 1.0 / factorial;
    }
    double t = x * 0x1.71547652b82fep+0 + shift;
    double k = t - shift;
    double r = (x - k * LN2_HIGH) - k * LN2_LOW;
    *p = r + (r * r) * polynomial(e, 12, r);
    if (isnan(x))
        return x;
    return ldexp(1.0, (int)k);
}

static double decay(double x) {
    double p, scale = exp_parts(-at_most(fabs(x), 700.0), &p);
    return scale + scale * p;
}

static double rise(double x) {
    double p, scale = exp_parts(-at_most(fabs(x), 700.0), &p);
    return fabs((scale - 1.0) + scale * p);
}

static const double LAMBDA = 0x1.0cfabd6a91132p+0;

static double elu(double x, double alpha) { return x > 0.0 ? x : copysign(alpha * rise(x), x); }
static double elu_slope(double y, double alpha) { return y > 0.0 ? 1.0 : y + alpha; }
static double selu(double x) { return x > 0.0 ? LAMBDA * x : copysign(0x1.c212cc640f031p+0 * rise(x), x); }
static double selu_slope(double y) { return y > 0.0 ? LAMBDA : y + 0x1.c212ccp+0; }

static double softplus(double x) {
    double coefficients[10];
    for (int n = 21; n >= 3; n -= 2)
        coefficients[(21 - n) / 2] = 2.0 / n;
    double t = decay(x), k, f;
    if (t > 0x1.a827999fcef32p-2) {
        k = 1.0;
        f = 0.5 * (t - 1.0);
    } else {
        k = 0.0;
        f = t;
    }
    double s = f / (f + 2.0), z = s * s, h = (0.5 * f) * f, q = polynomial(coefficients, 10, z);
    double l = f - (h - (s * (h + z * q) + k * LN2_LOW));
    return (x > 0.0 ? x : 0.0) + (k * LN2_HIGH + l);
}
static double softplus_slope(double y) { return rise(y); }

static double softsign(double x) {
    double c = within(x, 0x1p60);
    return c / (1.0 + fabs(c));
}
static double softsign_slope(double x) {
    double d = 1.0 + fabs(x);
    return 1.0 / (d * d);
}

static double gated(double x, double v) {
    double t = decay(v);
    return (v < 0.0 ? x * t : x) / (1.0 + t);
}
static double slope(double x, double v, double dv) {
    double t = decay(v), g = 1.0 / (1.0 + t), u = t * g;
    return v < 0.0 ? u * (1.0 + (x * dv) * g) : g * (1.0 + (x * dv) * u);
}
static double silu(double x) {
    double c = at_least(x, -700.0);
    return gated(c, c);
}
static double silu_slope(double x) {
    double c = within(x, 700.0);
    return slope(c, c, 1.0);
}

static const double A = 0x1.9884533d43651p+0, B = 0x1.2444f2a4d8b4bp-4, B3 = 0x1.b6676bf7450f0p-3;

static double approximate_gelu(double x) {
    double c = at_least(x, -37.0);
    return gated(c, c * (A + B * (c * c)));
}
static double approximate_gelu_slope(double x) {
    double c = within(x, 37.0);
    return slope(c, c * (A + B * (c * c)), A + B3 * (c * c));
}

static const double G[] = {
    0x1.e78dc7cce7704p-27,  0x1.2b2fdb13eeb28p-24, 0x1.5153b318994cep-25, -0x1.a3caa58542158p-22,
    -0x1.065c81f4a237ep-21, 0x1.20f2e3b3df569p-19, 0x1.abc9158bd0c41p-19, -0x1.ddcf84d050c7dp-17,
    -0x1.0b4e7cfadd087p-16, 0x1.d5f1e6cfee7ecp-14, 0x1.ac3b1923b779ap-18, -0x1.e129dde05cb29p-11,
    0x1.ca72085ca5fe6p-10,  0x1.14cc7961140eep-8,  -0x1.157951c67c24cp-5, 0x1.c8391e19c6ca4p-4,
    -0x1.03379aa028f18p-2,  0x1.c92ad93fe259ep-2,  -0x1.47cfdd7a97246p-1, 0x1.86c626e278bb3p-1,
};

static void normal_tail(double x, double *z, double *r, double *e) {
    *z = at_most(fabs(x), 37.0);
    double i = 1.0 / (*z + 4.5), w = (*z - 4.5) * i;
    *r = polynomial(G, 20, w) * i;
    *e = decay((0.5 * *z) * *z);
}
static double gelu(double x) {
    double z, r, e;
    normal_tail(x, &z, &r, &e);
    return x < 0.0 ? at_least(x, -37.0) * (e * r) : x * (1.0 - e * r);
}
static double gelu_slope(double x) {
    double z, r, e;
    normal_tail(x, &z, &r, &e);
    double h = e * (r - z * 0x1.9884533d43651p-2);
    return x < 0.0 ? h : 1.0 - h;
}

static double mish(double x) {
    double t = decay(x), n, d;
    if (x < 0.0) {
        n = t * (t + 2.0);
        d = n + 2.0;
    } else {
        n = 1.0 + 2.0 * t;
        d = n + 2.0 * (t * t);
    }
    return (at_least(x, -700.0) * n) / d;
}
static double mish_slope(double x) {
    double t = decay(x), n, d, m;
    if (x < 0.0) {
        n = t * (t + 2.0);
        d = n + 2.0;
        m = 2.0;
    } else {
        n = 1.0 + 2.0 * t;
        d = n + 2.0 * (t * t);
        m = 2.0 * (t * t);
    }
    double omega = n / d, sigma = (x < 0.0 ? t : 1.0) / (1.0 + t);
    return omega + ((within(x, 700.0) * sigma) * (m / d)) * (1.0 + omega);
}

void elu_array(int64_t count, const float *x, float *y, double alpha) {
    for (int64_t i = 0; i < count; i++)
        y[i] = (float)elu(x[i], (float)alpha);
}
void elu_gradient(int64_t count, const float *dy, const float *y, float *dx, double alpha) {
    for (int64_t i = 0; i < count; i++)
        dx[i] = (float)((double)dy[i] * elu_slope(y[i], (float)alpha));
}

// The gradient is computed from x or y, as the slope is.
#define SMOOTH(name)                                                                                                   \
    void name##_array(int64_t count, const float *x, float *y) {                                                       \
        for (int64_t i = 0; i < count; i++)                                                                            \
            y[i] = (float)name(x[i]);                                                                                  \
    }                                                                                                                  \
    void name##_gradient(int64_t count, const float *dy, const float *at, float *dx) {                                 \
        for (int64_t i = 0; i < count; i++)                                                                            \
            dx[i] = (float)((double)dy[i] * name##_slope(at[i]));                                                      \
    }

SMOOTH(selu)
SMOOTH(softplus)
SMOOTH(softsign)
SMOOTH(silu)
SMOOTH(gelu)
SMOOTH(approximate_gelu)
SMOOTH(mish)

void exp_gradient(int64_t count, const float *dy, const float *y, float *dx) {
    for (int64_t i = 0; i < count; i++)
        dx[i] = dy[i] * y[i];
}
