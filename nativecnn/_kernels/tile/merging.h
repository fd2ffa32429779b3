/* Arrays merged element by element, in order: vectors lie across elements. An element is read from all arrays before it
 * is written, so that the output may be one of them. */

#include "channels.h"

enum { MERGE_SUM, MERGE_PRODUCT, MERGE_MAXIMUM, MERGE_MINIMUM };

#define MERGING_VECTORS 4 /* side by side, so that arrays are read by whole cache lines */

/* Whether `value` is less than `best`, or a NaN where `best` is none: negating is exact. */
#define VECTOR_UNDERCUTS(value, best)                                                                                  \
    VECTOR_BEATS(VECTOR_SUBTRACT(VECTOR_ZERO(), value), VECTOR_SUBTRACT(VECTOR_ZERO(), best))

static ALWAYS_INLINE VECTOR NAME(merged)(const int operation, const VECTOR result, const VECTOR value) {
    if (operation == MERGE_SUM)
        return VECTOR_ADD(result, value);
    if (operation == MERGE_PRODUCT)
        return VECTOR_MULTIPLY(result, value);
    if (operation == MERGE_MAXIMUM)
        return VECTOR_MAXIMUM(value, result);
    return VECTOR_SELECT(VECTOR_UNDERCUTS(value, result), value, result);
}

/* `vectors` vectors of `count` elements from `place` on. */
static ALWAYS_INLINE void NAME(merge_vectors)(const int operation, const ptrdiff_t arrays, const float *const *x,
                                              const ptrdiff_t place, float *y, const int vectors, const int count) {
    VECTOR result[MERGING_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) { result[v] = NAME(load_channels)(x[0] + place + v * LANES, count); }
    for (ptrdiff_t k = 1; k < arrays; k++) {
        const float *source = x[k] + place;
        UNROLL for (int v = 0; v < vectors; v++) {
            result[v] = NAME(merged)(operation, result[v], NAME(load_channels)(source + v * LANES, count));
        }
    }
    UNROLL for (int v = 0; v < vectors; v++) { NAME(store_channels)(y + place + v * LANES, result[v], count); }
}

static ALWAYS_INLINE void NAME(merge)(const int operation, const ptrdiff_t arrays, const float *const *x,
                                      ptrdiff_t first, const ptrdiff_t end, float *y) {
    for (; first + MERGING_VECTORS * LANES <= end; first += MERGING_VECTORS * LANES)
        NAME(merge_vectors)(operation, arrays, x, first, y, MERGING_VECTORS, LANES);
    for (; first + LANES <= end; first += LANES)
        NAME(merge_vectors)(operation, arrays, x, first, y, 1, LANES);
    if (first < end)
        NAME(merge_vectors)(operation, arrays, x, first, y, 1, (int)(end - first));
}

#define MERGING_KERNEL(name, operation)                                                                                \
    static void NAME(name)(ptrdiff_t arrays, const float *const *x, ptrdiff_t first, ptrdiff_t end, float *y) {        \
        if (arrays == 2)                                                                                               \
            NAME(merge)(operation, 2, x, first, end, y);                                                               \
        else                                                                                                           \
            NAME(merge)(operation, arrays, x, first, end, y);                                                          \
    }

MERGING_KERNEL(add_all, MERGE_SUM)
MERGING_KERNEL(multiply_all, MERGE_PRODUCT)
MERGING_KERNEL(maximum_all, MERGE_MAXIMUM)
MERGING_KERNEL(minimum_all, MERGE_MINIMUM)

/* dy goes to the array whose element was taken, +0 to the others; arrays are numbered in floats, which is exact. */
static ALWAYS_INLINE void NAME(share_vector)(const int operation, const ptrdiff_t arrays, const float *const *x,
                                             const ptrdiff_t place, const float *dy, float *const *dx,
                                             const int count) {
    const VECTOR gradient = NAME(load_channels)(dy + place, count);
    VECTOR best = NAME(load_channels)(x[0] + place, count), winner = VECTOR_ZERO();
    float number = 1.0f;
    for (ptrdiff_t k = 1; k < arrays; k++, number += 1.0f) {
        const VECTOR value = NAME(load_channels)(x[k] + place, count);
        const MASK taken = operation == MERGE_MAXIMUM ? VECTOR_BEATS(value, best) : VECTOR_UNDERCUTS(value, best);
        best = VECTOR_SELECT(taken, value, best);
        winner = VECTOR_SELECT(taken, VECTOR_BROADCAST(&number), winner);
    }
    number = 0.0f;
    for (ptrdiff_t k = 0; k < arrays; k++, number += 1.0f) {
        const MASK wins = VECTOR_EQUAL(winner, VECTOR_BROADCAST(&number));
        if (dx[k] != NULL)
            NAME(store_channels)(dx[k] + place, VECTOR_SELECT(wins, gradient, VECTOR_ZERO()), count);
    }
}

#define SHARING_KERNEL(name, operation)                                                                                \
    static void NAME(name)(ptrdiff_t arrays, const float *const *x, ptrdiff_t first, ptrdiff_t end, const float *dy,   \
                           float *const *dx) {                                                                         \
        for (; first + LANES <= end; first += LANES)                                                                   \
            NAME(share_vector)(operation, arrays, x, first, dy, dx, LANES);                                            \
        if (first < end)                                                                                               \
            NAME(share_vector)(operation, arrays, x, first, dy, dx, (int)(end - first));                               \
    }

SHARING_KERNEL(maximum_all_gradient, MERGE_MAXIMUM)
SHARING_KERNEL(minimum_all_gradient, MERGE_MINIMUM)
