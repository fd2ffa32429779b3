/* a * b + c of floats, rounded once, on any processor. */
#ifndef NATIVECNN_FUSED_H
#define NATIVECNN_FUSED_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__FP_FAST_FMAF)
static inline float nativecnn_fused(float a, float b, float c) { return fmaf(a, b, c); }
#else
/* No such instruction: the exact product in double, added with rounding to odd, after which the rounding to float is
 * the only one that shows (Boldo and Melquiond 2008). */
static inline float nativecnn_fused(float a, float b, float c) {
    const double product = (double)a * (double)b, addend = (double)c, total = product + addend;
    const double part = total - product;
    const double error = (product - (total - part)) + (addend - part);
    uint64_t total_bits, error_bits;
    memcpy(&total_bits, &total, sizeof total);
    memcpy(&error_bits, &error, sizeof error);
    /* An even neighbour that lies too far from zero is one step from the odd one towards it. */
    const uint64_t odd_bits = (total_bits - ((error_bits ^ total_bits) >> 63)) | 1;
    double odd;
    memcpy(&odd, &odd_bits, sizeof odd);
    return (float)((error < 0.0) | (error > 0.0) ? odd : total); /* with an infinity the error is NaN */
}
#endif

/* For a function that fuses whole vectors: compilers vectorise the emulation there, but not where it is unrolled into a
 * tile. */
#if defined(_MSC_VER) && !defined(__clang__)
#define OUTSIDE_TILES __declspec(noinline)
#elif !defined(__FP_FAST_FMAF)
#define OUTSIDE_TILES __attribute__((noinline))
#else
#define OUTSIDE_TILES inline
#endif

#endif
