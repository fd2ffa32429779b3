/* Portable C: any processor. */
#include <math.h>
#include <stdint.h>
#include <string.h>

/* a * b + c rounded once. Where the processor has no such instruction: the exact product in double, added with
 * rounding to odd, after which the rounding to float is the only one that shows (Boldo and Melquiond 2008). */
#if defined(__FP_FAST_FMAF)
#define SCALAR_FMA(a, b, c) fmaf(a, b, c)
#else
static inline float scalar_fma(float a, float b, float c) {
    const double product = (double)a * (double)b, addend = (double)c, total = product + addend;
    const double part = total - product;
    const double error = (product - (total - part)) + (addend - part);
    int64_t bits;
    memcpy(&bits, &total, sizeof bits);
    const int inexact = (error < 0.0) | (error > 0.0); /* false for NaN, which infinities give */
    const int64_t towards_error = (error > 0.0) == (total > 0.0) ? 1 : -1;
    bits += inexact & !(bits & 1) ? towards_error : 0;
    double odd;
    memcpy(&odd, &bits, sizeof odd);
    return (float)odd;
}
#define SCALAR_FMA(a, b, c) scalar_fma(a, b, c)
#endif

typedef struct {
    float lane[4];
} vector;

static inline vector vector_broadcast(const float *p) { return (vector){{*p, *p, *p, *p}}; }
static inline vector vector_load(const float *p) { return (vector){{p[0], p[1], p[2], p[3]}}; }
static inline void vector_store(float *p, vector a) { memcpy(p, a.lane, sizeof a.lane); }
static inline vector vector_add(vector a, vector b) {
    for (int i = 0; i < 4; i++)
        a.lane[i] += b.lane[i];
    return a;
}
static inline vector vector_fma(vector a, vector b, vector c) {
    for (int i = 0; i < 4; i++)
        c.lane[i] = SCALAR_FMA(a.lane[i], b.lane[i], c.lane[i]);
    return c;
}

#define INSTRUCTION_SET generic
#define VECTOR vector
#define LANES 4
#define TILE_PIXELS 4
#define TILE_VECTORS 2
#define VECTOR_ZERO() ((vector){{0.0f, 0.0f, 0.0f, 0.0f}})
#define VECTOR_LOAD(p) vector_load(p)
#define VECTOR_STORE(p, a) vector_store(p, a)
#define VECTOR_BROADCAST(p) vector_broadcast(p)
#define VECTOR_ADD(a, b) vector_add(a, b)
#define VECTOR_FMA(a, b, c) vector_fma(a, b, c)

#include "body.h"
