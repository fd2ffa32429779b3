/* Portable C: any processor. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "compiler.h"
#include "fused.h"
#include "maximum.h"

enum { WIDTH = 8 };

typedef struct {
    float lane[WIDTH];
} vector;

static inline vector vector_broadcast(const float *p) {
    vector a;
    for (int i = 0; i < WIDTH; i++)
        a.lane[i] = *p;
    return a;
}
static inline vector vector_load(const float *p) {
    vector a;
    memcpy(a.lane, p, sizeof a.lane);
    return a;
}
static inline void vector_store(float *p, vector a) { memcpy(p, a.lane, sizeof a.lane); }
static inline vector vector_load_part(const float *p, ptrdiff_t count) {
    vector a = {{0.0f}};
    memcpy(a.lane, p, (size_t)count * sizeof(float));
    return a;
}
static inline void transpose_vectors(const float *p, ptrdiff_t step, vector columns[WIDTH]) {
    for (int row = 0; row < WIDTH; row++)
        for (int column = 0; column < WIDTH; column++)
            columns[column].lane[row] = p[row * step + column];
}
static ALWAYS_INLINE vector interleave_vectors(const vector *rows, const int count, const int first) {
    vector a;
    for (int i = 0; i < WIDTH; i++)
        a.lane[i] = rows[(first + i) % count].lane[(first + i) / count];
    return a;
}
static inline vector vector_relu(vector a) {
    for (int i = 0; i < WIDTH; i++)
        a.lane[i] = a.lane[i] <= 0.0f ? 0.0f : a.lane[i];
    return a;
}
static inline vector vector_cap(vector a, vector most) {
    for (int i = 0; i < WIDTH; i++)
        a.lane[i] = a.lane[i] > most.lane[i] ? most.lane[i] : a.lane[i];
    return a;
}
static inline vector vector_divide(vector a, vector b) {
    for (int i = 0; i < WIDTH; i++)
        a.lane[i] /= b.lane[i];
    return a;
}

typedef struct {
    int32_t lane[WIDTH]; /* 0 or 1 */
} mask;

static inline mask vector_equal(vector a, vector b) {
    mask equal;
    for (int i = 0; i < WIDTH; i++)
        equal.lane[i] = a.lane[i] == b.lane[i];
    return equal;
}
static inline mask vector_beats(vector a, vector best) {
    mask beats;
    for (int i = 0; i < WIDTH; i++)
        beats.lane[i] = nativecnn_beats(a.lane[i], best.lane[i]);
    return beats;
}
static inline vector vector_select(mask mask, vector a, vector b) {
    for (int i = 0; i < WIDTH; i++)
        a.lane[i] = mask.lane[i] ? a.lane[i] : b.lane[i];
    return a;
}
static inline vector vector_add(vector a, vector b) {
    for (int i = 0; i < WIDTH; i++)
        a.lane[i] += b.lane[i];
    return a;
}
static inline vector vector_subtract(vector a, vector b) {
    for (int i = 0; i < WIDTH; i++)
        a.lane[i] -= b.lane[i];
    return a;
}
static inline vector vector_multiply(vector a, vector b) {
    for (int i = 0; i < WIDTH; i++)
        a.lane[i] *= b.lane[i];
    return a;
}
static OUTSIDE_TILES vector vector_fma(vector a, vector b, vector c) {
    for (int i = 0; i < WIDTH; i++)
        c.lane[i] = nativecnn_fused(a.lane[i], b.lane[i], c.lane[i]);
    return c;
}

#define SCALAR_FMA(a, b, c) nativecnn_fused(a, b, c)
#define VECTOR vector
#define LANES WIDTH
#define TILE_PIXELS 4
#define TILE_VECTORS 1
#define NARROW_PIXELS 4
#define DENSE_TERMS 4
#define DENSE_VECTORS 1
#define PLANE_SUMS 8
#define VECTOR_ZERO() ((vector){{0.0f}})
#define VECTOR_LOAD(p) vector_load(p)
#define VECTOR_STORE(p, a) vector_store(p, a)
#define VECTOR_BROADCAST(p) vector_broadcast(p)
#define VECTOR_ADD(a, b) vector_add(a, b)
#define VECTOR_SUBTRACT(a, b) vector_subtract(a, b)
#define VECTOR_MULTIPLY(a, b) vector_multiply(a, b)
#define VECTOR_FMA(a, b, c) vector_fma(a, b, c)
#define VECTOR_LOAD_PART(p, count) vector_load_part(p, count)
#define VECTOR_STORE_PART(p, count, a) memcpy(p, (a).lane, (size_t)(count) * sizeof(float))
#define MASK mask
#define VECTOR_DIVIDE(a, b) vector_divide(a, b)
#define VECTOR_EQUAL(a, b) vector_equal(a, b)
#define VECTOR_BEATS(a, best) vector_beats(a, best)
#define VECTOR_MAXIMUM(a, best) vector_select(vector_beats(a, best), a, best)
#define VECTOR_SELECT(mask, a, b) vector_select(mask, a, b)
#define VECTOR_RELU(a) vector_relu(a)
#define VECTOR_CAP(a, most) vector_cap(a, most)
#define VECTOR_STREAM(p, a) vector_store(p, a)
#define STREAM_END() ((void)0)
#define VECTOR_TRANSPOSE(p, step, columns) transpose_vectors(p, step, columns)
#define VECTOR_INTERLEAVE(rows, count, k) interleave_vectors(rows, count, (k) * WIDTH)

#include "body.h"
