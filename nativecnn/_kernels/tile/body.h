/* All tile kernels, compiled once per instruction set. The including file defines:
 *
 *   INSTRUCTION_SET  its name            SCALAR_FMA(a, b, c)      a * b + c of floats, rounded once
 *   VECTOR, LANES    a vector of floats  TILE_PIXELS, TILE_VECTORS  register tile: pixels × vectors of filters
 *   NARROW_PIXELS    pixels of a tile of one vector    PLANE_SUMS  vectors of a tile whose vectors are of pixels
 *   VECTOR_ZERO()  VECTOR_LOAD(p)  VECTOR_STORE(p, v)  VECTOR_BROADCAST(p)  VECTOR_ADD(a, b)  VECTOR_FMA(a, b, c)
 *   VECTOR_RELU(a)   +0 if a <= 0, else a      VECTOR_DIVIDE(a, b)
 *   MASK             of lanes:  VECTOR_EQUAL(a, b)  VECTOR_BEATS(a, best) as in maximum.h
 *   VECTOR_SELECT(mask, a, b)   a where the mask is set, else b
 *   VECTOR_LOAD_PART(p, count)  VECTOR_STORE_PART(p, count, v)  the first `count` lanes, 0 to LANES; others load zero
 *   VECTOR_TRANSPOSE(p, step, columns)  LANES rows `step` floats apart into an array of LANES vectors, their columns
 */
#include "counts.h"
#include "kernels.h"

#include <math.h>
#include <string.h>

#if defined(_MSC_VER) && !defined(__clang__)
#pragma fp_contract(off)
#endif

#define TILE_FILTERS (TILE_VECTORS * LANES)
#define JOIN_AGAIN(a, b) a##_##b
#define JOIN(a, b) JOIN_AGAIN(a, b)
#define TEXT_AGAIN(a) #a
#define TEXT(a) TEXT_AGAIN(a)
#define NAME(kernel) JOIN(kernel, INSTRUCTION_SET)
#define UP_TO(count) JOIN(UP_TO, count)

/* INDEPENDENT: the loop's iterations touch different elements, though an output array may be an input array. */
/* ALWAYS_INLINE: for bodies whose constant arguments must be known to the compiler. */
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#define UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define INDEPENDENT _Pragma("GCC ivdep")
#define UNROLL _Pragma("GCC unroll 64")
#else
#define INDEPENDENT __pragma(loop(ivdep))
#define UNROLL
#endif
#if defined(__GNUC__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE __forceinline
#endif

/* Ask for a cache line that is read next (of the first cache) or later (of the second); it need not exist. */
#if defined(__GNUC__)
#define PREFETCH_HINTED(p, ahead, hint)                                                                                \
    __builtin_prefetch((const void *)((uintptr_t)(p) + (uintptr_t)(ahead) * sizeof(float)), 0, hint)
#else
#define PREFETCH_HINTED(p, ahead, hint) ((void)0)
#endif
#define PREFETCH_NEXT(p, ahead) PREFETCH_HINTED(p, ahead, 3)
#define PREFETCH_LATER(p, ahead) PREFETCH_HINTED(p, ahead, 2)

#include "correlation.h"
#include "depthwise.h"
#include "elementwise.h"
#include "kernel_gradient.h"
#include "limit.h"
#include "losses.h"
#include "optimizers.h"
#include "packing.h"
#include "planes.h"
#include "pooling.h"
#include "rows.h"
#include "transpose.h"

_Static_assert(TILE_PIXELS <= NATIVECNN_MAX_TILE_PIXELS && NARROW_PIXELS <= NATIVECNN_MAX_NARROW_PIXELS,
               "the tables have a place for every number of rows");
_Static_assert(8 * LANES <= NATIVECNN_MAX_PLANE_SUMS && PLANE_SUMS * LANES <= NATIVECNN_MAX_PLANE_SUMS,
               "the sums of a tile of planes have room");

/* clang-format off */
const nativecnn_kernels JOIN(nativecnn_kernels, INSTRUCTION_SET) = {
    TEXT(INSTRUCTION_SET),
    TILE_PIXELS,
    TILE_FILTERS,
    NARROW_PIXELS,
    LANES,
#define WIDE(rows) NAME(correlate_wide_##rows),
#define NARROW(rows) NAME(correlate_narrow_##rows),
#define ROW_WIDE(rows) NAME(correlate_row_wide_##rows),
#define ROW_NARROW(rows) NAME(correlate_row_narrow_##rows),
    {NULL, UP_TO(TILE_PIXELS)(WIDE)},
    {NULL, UP_TO(NARROW_PIXELS)(NARROW)},
    {NULL, UP_TO(TILE_PIXELS)(ROW_WIDE)},
    {NULL, UP_TO(NARROW_PIXELS)(ROW_NARROW)},
#define PLANES(filters) NAME(correlate_planes_##filters),
#define VECTORS(filters) PLANE_VECTORS(filters),
    {NULL, UP_TO(8)(PLANES)},
    {0, UP_TO(8)(VECTORS)},
#undef PLANES
#undef VECTORS
#undef WIDE
#undef NARROW
#undef ROW_WIDE
#undef ROW_NARROW
#define FIELD(type, name, parameters) NAME(name),
    NATIVECNN_KERNELS(FIELD)
#undef FIELD
};
/* clang-format on */
