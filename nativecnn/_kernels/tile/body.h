/* All tile kernels, compiled once per instruction set. The build defines INSTRUCTION_SET, its name; the including file
 * defines:
 *
 *   SCALAR_FMA(a, b, c)  a * b + c of floats, rounded once
 *   VECTOR, LANES    a vector of floats  TILE_PIXELS, TILE_VECTORS  register tile: pixels × vectors of filters
 *   DENSE_TERMS, DENSE_VECTORS  weights in registers: terms of a sum × vectors of units
 *   NARROW_PIXELS    pixels of a tile of one vector    PLANE_SUMS  vectors of a tile whose vectors are of pixels
 *   VECTOR_ZERO()  VECTOR_LOAD(p)  VECTOR_STORE(p, v)  VECTOR_BROADCAST(p)  VECTOR_ADD(a, b)  VECTOR_FMA(a, b, c)
 *   VECTOR_SUBTRACT(a, b)  VECTOR_MULTIPLY(a, b)
 *   VECTOR_STREAM(p, v)  stores past the cache at p, a multiple of the vector's size; STREAM_END() when all is stored
 *   VECTOR_LOAD_PART(p, count)  VECTOR_STORE_PART(p, count, v)  the first `count` lanes, 0 to LANES; others load zero
 *   VECTOR_TRANSPOSE(p, step, columns)  LANES rows `step` floats apart into an array of LANES vectors, their columns
 *   VECTOR_INTERLEAVE(rows, count, k)  vector k of rows[0]'s first lane, …, rows[count - 1]'s, rows[0]'s second, …
 *   VECTOR_RELU(a)   +0 if a <= 0, else a      VECTOR_CAP(a, most)  most if a > most, else a      VECTOR_DIVIDE(a, b)
 *   MASK             of lanes:  VECTOR_EQUAL(a, b)  VECTOR_BEATS(a, best) as in maximum.h
 *   VECTOR_MAXIMUM(a, best)     a where it beats best, else best; which NaN of two is left open
 *   VECTOR_SELECT(mask, a, b)   a where the mask is set, else b
 */
#include "compiler.h"
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

/* Ask for the cache line `ahead` floats beyond p, which need not exist: to be read next (into the first cache), later
 * (the second), or written. */
#if defined(__GNUC__)
#define PREFETCH_HINTED(p, ahead, write, hint)                                                                         \
    __builtin_prefetch((const void *)((uintptr_t)(p) + (uintptr_t)(ahead) * sizeof(float)), write, hint)
#else
#define PREFETCH_HINTED(p, ahead, write, hint) ((void)0)
#endif
#define PREFETCH(p, ahead) PREFETCH_HINTED(p, ahead, 0, 3)
#define PREFETCH_LATER(p, ahead) PREFETCH_HINTED(p, ahead, 0, 2)
#define PREFETCH_WRITE(p, ahead) PREFETCH_HINTED(p, ahead, 1, 3)

#include "epilogue.h"

#include "activation.h"
#include "batch_normalization.h"
#include "correlation.h"
#include "depthwise.h"
#include "dropout.h"
#include "elementwise.h"
#include "kernel_gradient.h"
#include "layer_normalization.h"
#include "limit.h"
#include "local_response_normalization.h"
#include "losses.h"
#include "merging.h"
#include "optimizers.h"
#include "orthogonal.h"
#include "packing.h"
#include "planes.h"
#include "pooling.h"
#include "prelu.h"
#include "rows.h"
#include "transpose.h"
#include "winograd.h"

#include "winograd_few.h" /* uses winograd.h */

#include "dense.h" /* uses transpose.h */

/* clang-format off */
const nativecnn_kernels JOIN(nativecnn_kernels, INSTRUCTION_SET) = {
    TEXT(INSTRUCTION_SET),
    TILE_PIXELS,
    TILE_FILTERS,
    NARROW_PIXELS,
    LANES,
    TILE_PIXELS *TILE_VECTORS >= 6 * NATIVECNN_WINOGRAD_FEW,
    DENSE_TERMS,
    DENSE_VECTORS *LANES,
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
