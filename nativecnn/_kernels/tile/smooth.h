/* Smooth activation functions and their slopes, in float64; the caller rounds them, once.

   Each is the sequence of operations stated in docs/arithmetic-activations.md; nativecnn/reference/smooth.py is the same
   sequence in NumPy. As in elementary.h no operation may be fused, reordered or done in another precision, and there are
   no branches, tables or calls, so that compilers vectorise loops over them. Comparisons with NaN are false: it stays. */
#ifndef NATIVECNN_TILE_SMOOTH_H
#define NATIVECNN_TILE_SMOOTH_H

#include "elementary.h"

/* Where everything has become 0, 1 or the argument itself, and exp_parts still has a power of two. */
#define NATIVECNN_EXPONENT_LIMIT 700.0
#define NATIVECNN_NORMAL_LIMIT 37.0 /* 37^2 / 2 < 700 */

#define NATIVECNN_DENSITY_AT_0 0x1.9884533d43651p-2 /* 1 / sqrt(2 pi) */
#define NATIVECNN_SELU_SCALE 0x1.0cfabd6a91132p+0
#define NATIVECNN_SELU_FLOOR 0x1.c212cc640f031p+0     /* times alpha */
#define NATIVECNN_SELU_FLOOR_AS_FLOAT32 0x1.c212ccp+0 /* so that the slope ends in 0 */
#define NATIVECNN_LOGIT_SLOPE 0x1.9884533d43651p+0
#define NATIVECNN_LOGIT_CUBE 0x1.2444f2a4d8b4bp-4
#define NATIVECNN_LOGIT_CUBE_SLOPE 0x1.b6676bf7450f0p-3

static inline double nativecnn_at_least(double x, double low) { return x < low ? low : x; }
static inline double nativecnn_at_most(double x, double high) { return x > high ? high : x; }
static inline double nativecnn_within(double x, double limit) {
    return nativecnn_at_most(nativecnn_at_least(x, -limit), limit);
}

/* e^-|x| */
static inline double nativecnn_decay(double x) {
    double scale, p = nativecnn_exp_parts(-nativecnn_at_most(fabs(x), NATIVECNN_EXPONENT_LIMIT), &scale);
    return scale + scale * p;
}

/* 1 - e^-|x| */
static inline double nativecnn_rise(double x) {
    double scale, p = nativecnn_exp_parts(-nativecnn_at_most(fabs(x), NATIVECNN_EXPONENT_LIMIT), &scale);
    return fabs((scale - 1.0) + scale * p);
}

static inline double nativecnn_elu(double x, double alpha) {
    double negative = copysign(alpha * nativecnn_rise(x), x);
    return x > 0.0 ? x : negative;
}
static inline double nativecnn_elu_slope(double y, double alpha) {
    double negative = y + alpha;
    return y > 0.0 ? 1.0 : negative;
}

static inline double nativecnn_selu(double x) {
    double positive = NATIVECNN_SELU_SCALE * x, negative = copysign(NATIVECNN_SELU_FLOOR * nativecnn_rise(x), x);
    return x > 0.0 ? positive : negative;
}
static inline double nativecnn_selu_slope(double y) {
    double negative = y + NATIVECNN_SELU_FLOOR_AS_FLOAT32;
    return y > 0.0 ? NATIVECNN_SELU_SCALE : negative;
}

/* log(1 + t) with t = e^-|x|; where that is above sqrt(2), log 2 + log((1 + t) / 2). */
static inline double nativecnn_softplus(double x) {
    double t = nativecnn_decay(x), half = 0.5 * (t - 1.0);
    double f = t > 0x1.a827999fcef32p-2 ? half : t, k = t > 0x1.a827999fcef32p-2 ? 1.0 : 0.0;
    double positive = x > 0.0 ? x : 0.0;
    return positive + (k * NATIVECNN_LN2_HIGH + nativecnn_log_rest(f, k));
}
static inline double nativecnn_softplus_slope(double y) { return nativecnn_rise(y); }

static inline double nativecnn_softsign(double x) {
    double kept = nativecnn_within(x, 0x1p60);
    return kept / (1.0 + fabs(kept));
}
static inline double nativecnn_softsign_slope(double x) {
    double d = 1.0 + fabs(x);
    return 1.0 / (d * d);
}

/* x · sigmoid(logit), which have the same sign. */
static inline double nativecnn_gated(double x, double logit) {
    double t = nativecnn_decay(logit), negative = x * t;
    return (logit < 0.0 ? negative : x) / (1.0 + t);
}
static inline double nativecnn_gated_slope(double x, double logit, double logit_slope) {
    double t = nativecnn_decay(logit), large = 1.0 / (1.0 + t), small = t * large;
    double sigmoid = logit < 0.0 ? small : large, rest = logit < 0.0 ? large : small;
    return sigmoid * (1.0 + (x * logit_slope) * rest);
}

static inline double nativecnn_silu(double x) {
    double kept = nativecnn_at_least(x, -NATIVECNN_EXPONENT_LIMIT);
    return nativecnn_gated(kept, kept);
}
static inline double nativecnn_silu_slope(double x) {
    double kept = nativecnn_within(x, NATIVECNN_EXPONENT_LIMIT);
    return nativecnn_gated_slope(kept, kept, 1.0);
}

static inline double nativecnn_approximate_gelu(double x) {
    double kept = nativecnn_at_least(x, -NATIVECNN_NORMAL_LIMIT);
    return nativecnn_gated(kept, kept * (NATIVECNN_LOGIT_SLOPE + NATIVECNN_LOGIT_CUBE * (kept * kept)));
}
static inline double nativecnn_approximate_gelu_slope(double x) {
    double kept = nativecnn_within(x, NATIVECNN_NORMAL_LIMIT), square = kept * kept;
    double logit = kept * (NATIVECNN_LOGIT_SLOPE + NATIVECNN_LOGIT_CUBE * square);
    return nativecnn_gated_slope(kept, logit, NATIVECNN_LOGIT_SLOPE + NATIVECNN_LOGIT_CUBE_SLOPE * square);
}

/* The normal distribution's probability of more than z is e · r with e = e^(-z^2 / 2); returns r. For 0 <= z <= 37. */
static inline double nativecnn_normal_tail(double z, double *e) {
    double i = 1.0 / (z + 4.5);
    double w = (z - 4.5) * i;
    double v = 0x1.e78dc7cce7704p-27;
    v = v * w + 0x1.2b2fdb13eeb28p-24;
    v = v * w + 0x1.5153b318994cep-25;
    v = v * w + -0x1.a3caa58542158p-22;
    v = v * w + -0x1.065c81f4a237ep-21;
    v = v * w + 0x1.20f2e3b3df569p-19;
    v = v * w + 0x1.abc9158bd0c41p-19;
    v = v * w + -0x1.ddcf84d050c7dp-17;
    v = v * w + -0x1.0b4e7cfadd087p-16;
    v = v * w + 0x1.d5f1e6cfee7ecp-14;
    v = v * w + 0x1.ac3b1923b779ap-18;
    v = v * w + -0x1.e129dde05cb29p-11;
    v = v * w + 0x1.ca72085ca5fe6p-10;
    v = v * w + 0x1.14cc7961140eep-8;
    v = v * w + -0x1.157951c67c24cp-5;
    v = v * w + 0x1.c8391e19c6ca4p-4;
    v = v * w + -0x1.03379aa028f18p-2;
    v = v * w + 0x1.c92ad93fe259ep-2;
    v = v * w + -0x1.47cfdd7a97246p-1;
    v = v * w + 0x1.86c626e278bb3p-1;
    *e = nativecnn_decay((0.5 * z) * z);
    return v * i;
}
static inline double nativecnn_gelu(double x) {
    double e, r = nativecnn_normal_tail(nativecnn_at_most(fabs(x), NATIVECNN_NORMAL_LIMIT), &e), q = e * r;
    double negative = nativecnn_at_least(x, -NATIVECNN_NORMAL_LIMIT) * q, positive = x * (1.0 - q);
    return x < 0.0 ? negative : positive;
}
static inline double nativecnn_gelu_slope(double x) {
    double z = nativecnn_at_most(fabs(x), NATIVECNN_NORMAL_LIMIT), e, r = nativecnn_normal_tail(z, &e);
    double h = e * (r - z * NATIVECNN_DENSITY_AT_0), positive = 1.0 - h;
    return x < 0.0 ? h : positive;
}

/* tanh(log(1 + e^x)) is n / d; returns n. From t = e^-|x|. */
static inline double nativecnn_mish_gate(double x, double t, double *d) {
    double negative = t * (t + 2.0), positive = 1.0 + 2.0 * t, twice = 2.0 * (t * t);
    double n = x < 0.0 ? negative : positive;
    *d = n + (x < 0.0 ? 2.0 : twice);
    return n;
}
static inline double nativecnn_mish(double x) {
    double d, n = nativecnn_mish_gate(x, nativecnn_decay(x), &d);
    return (nativecnn_at_least(x, -NATIVECNN_EXPONENT_LIMIT) * n) / d;
}
static inline double nativecnn_mish_slope(double x) {
    double kept = nativecnn_within(x, NATIVECNN_EXPONENT_LIMIT), t = nativecnn_decay(x);
    double d, n = nativecnn_mish_gate(x, t, &d), gate = n / d, twice = 2.0 * (t * t);
    double rest = (x < 0.0 ? 2.0 : twice) / d; /* 1 - gate */
    double sigmoid = (x < 0.0 ? t : 1.0) / (1.0 + t);
    return gate + ((kept * sigmoid) * rest) * (1.0 + gate);
}

#endif
