/* exp, log, tanh and sigmoid of a float32, correctly rounded for every input.

   Each function is the sequence of float64 additions, subtractions, multiplications and divisions stated in
   docs/arithmetic-elementary.md, followed by one conversion to float32; nativecnn/reference/elementary.py is
   the same sequence in NumPy. No operation may be fused, reordered or done in another precision.

   There are no branches, tables or calls, and every selection is between float64 values, so that compilers
   vectorise `for (i = 0; i < n; i++) y[i] = nativecnn_exp(x[i]);` (gcc needs -fno-trapping-math for it). */
#ifndef NATIVECNN_TILE_ELEMENTARY_H
#define NATIVECNN_TILE_ELEMENTARY_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__FAST_MATH__)
#error "elementary.h: -ffast-math changes the results"
#endif
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD == 2
#error "elementary.h: extended precision changes the results; for 32-bit x86 add -msse2 -mfpmath=sse"
#endif
#if defined(_MSC_VER) && !defined(__clang__)
#pragma fp_contract(off)
#elif defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

/* ln 2 = HIGH + LOW: HIGH is ln 2 rounded to a multiple of 2^-42, so that integers up to 2^11 times HIGH are
   exact; LOW is the rest, rounded to float64. */
#define NATIVECNN_LN2_HIGH 0x1.62e42fefa38p-1
#define NATIVECNN_LN2_LOW 0x1.ef35793c7673p-45
#define NATIVECNN_INVERSE_LN2 0x1.71547652b82fep+0

static inline uint64_t nativecnn_float64_bits(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline double nativecnn_float64_from_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* large + small, rounded to odd: exact, or else the neighbour whose last bit is 1. Rounding it to float32 then
   gives the float32 nearest to the exact sum. Needs |large| >= |small| or large == 0. */
static inline double nativecnn_add_rounded_to_odd(double large, double small) {
    double sum = large + small;
    double error = small - (sum - large);
    uint64_t bits = nativecnn_float64_bits(sum);
    uint64_t too_far_from_zero = (nativecnn_float64_bits(error) ^ bits) >> 63;
    double odd = nativecnn_float64_from_bits((bits - too_far_from_zero) | 1);
    return error != 0.0 ? odd : sum;
}

/* e^x = scale * (1 + p), scale a power of two, |p| < 0.42; returns p. For -1022 ln 2 < x < 1023 ln 2, or NaN. */
static inline double nativecnn_exp_parts(double x, double *scale) {
    /* adding 1.5 * 2^52 leaves the nearest integer in the low bits */
    double shifted = x * NATIVECNN_INVERSE_LN2 + 0x1.8p52;
    double k = shifted - 0x1.8p52;
    double r = (x - k * NATIVECNN_LN2_HIGH) - k * NATIVECNN_LN2_LOW;
    double q = 1.0 / 6227020800.0; /* 1/13!; then 1/12! … 1/2! */
    q = q * r + 1.0 / 479001600.0;
    q = q * r + 1.0 / 39916800.0;
    q = q * r + 1.0 / 3628800.0;
    q = q * r + 1.0 / 362880.0;
    q = q * r + 1.0 / 40320.0;
    q = q * r + 1.0 / 5040.0;
    q = q * r + 1.0 / 720.0;
    q = q * r + 1.0 / 120.0;
    q = q * r + 1.0 / 24.0;
    q = q * r + 1.0 / 6.0;
    q = q * r + 1.0 / 2.0;
    *scale = nativecnn_float64_from_bits((nativecnn_float64_bits(shifted) + 1023) << 52);
    return r + (r * r) * q;
}

static inline float nativecnn_exp(float x) {
    double scale, p, clamped = x;
    /* beyond these bounds float32 has only infinity and 0; a comparison with NaN is false and keeps it */
    clamped = clamped > 89.0 ? 89.0 : clamped;
    clamped = clamped < -104.0 ? -104.0 : clamped;
    p = nativecnn_exp_parts(clamped, &scale);
    return (float)((1.0 + p) * scale);
}

/* With m = e^(-2|x|) - 1: tanh |x| = -m / (m + 2). */
static inline float nativecnn_tanh(float x) {
    double scale, p, m, magnitude = fabs((double)x);
    magnitude = magnitude > 32.0 ? 32.0 : magnitude;
    p = nativecnn_exp_parts(-2.0 * magnitude, &scale);
    m = (scale - 1.0) + scale * p;
    return (float)copysign(m / (m + 2.0), (double)x);
}

/* With m = e^-|x| - 1: sigmoid(x) = 1/2 ± (-m/2) / (m + 2), and e^x / (m + 2) for x < -1, where that
   difference would cancel. The sum is rounded to odd because around x = 0 it lies next to float32 midpoints. */
static inline float nativecnn_sigmoid(float x) {
    double scale, p, m, numerator, offset, argument = x, magnitude = fabs((double)x);
    magnitude = magnitude > 104.0 ? 104.0 : magnitude;
    p = nativecnn_exp_parts(-magnitude, &scale);
    m = (scale - 1.0) + scale * p;
    numerator = argument < -1.0 ? scale + scale * p : copysign(0.5 * m, argument);
    offset = argument < -1.0 ? 0.0 : 0.5;
    return (float)nativecnn_add_rounded_to_odd(offset, numerator / (m + 2.0));
}

/* log(2^k (1 + f)) - k * LN2_HIGH, for 1 + f in [sqrt(1/2), sqrt(2)]: log(1 + f) = 2 artanh(s) with s = f / (2 + f). */
static inline double nativecnn_log_rest(double f, double k) {
    double s = f / (f + 2.0);
    double z = s * s;
    double half_square = (0.5 * f) * f;
    double q = 2.0 / 21.0;
    q = q * z + 2.0 / 19.0;
    q = q * z + 2.0 / 17.0;
    q = q * z + 2.0 / 15.0;
    q = q * z + 2.0 / 13.0;
    q = q * z + 2.0 / 11.0;
    q = q * z + 2.0 / 9.0;
    q = q * z + 2.0 / 7.0;
    q = q * z + 2.0 / 5.0;
    q = q * z + 2.0 / 3.0;
    return f - (half_square - (s * (half_square + z * q) + k * NATIVECNN_LN2_LOW));
}

/* x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)). */
static inline float nativecnn_log(float x) {
    const uint64_t one = 0x3ff0000000000000u, root_of_half = 0x3fe6a09e667f3bcdu;
    double argument = x;
    uint64_t bits = nativecnn_float64_bits(argument) + (one - root_of_half);
    double k = nativecnn_float64_from_bits(0x4330000000000000u | (bits >> 52)) - (0x1p52 + 1023.0);
    double mantissa = nativecnn_float64_from_bits((bits & 0x000fffffffffffffu) + root_of_half);
    double f = mantissa - 1.0;
    double y = nativecnn_add_rounded_to_odd(k * NATIVECNN_LN2_HIGH, nativecnn_log_rest(f, k));
    y = argument < INFINITY ? y : argument; /* +inf and NaN are their own logarithms */
    y = argument > 0.0 ? y : (argument == 0.0 ? -INFINITY : NAN);
    return (float)y;
}

#endif
