/* All tile kernels, compiled once per instruction set. The including file defines:
 *
 *   INSTRUCTION_SET  its name            SCALAR_FMA(a, b, c)      a * b + c of floats, rounded once
 *   VECTOR, LANES    a vector of floats  TILE_PIXELS, TILE_VECTORS  register tile: pixels × vectors of filters
 *   VECTOR_ZERO()  VECTOR_LOAD(p)  VECTOR_STORE(p, v)  VECTOR_BROADCAST(p)  VECTOR_ADD(a, b)  VECTOR_FMA(a, b, c)
 */
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

/* INDEPENDENT: the loop's iterations touch different elements, though an output array may be an input array. */
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

#include "correlation.h"
#include "depthwise.h"
#include "elementwise.h"
#include "kernel_gradient.h"
#include "limit.h"
#include "losses.h"
#include "optimizers.h"
#include "pooling.h"
#include "rows.h"

/* clang-format off */
const nativecnn_kernels JOIN(nativecnn_kernels, INSTRUCTION_SET) = {
    TEXT(INSTRUCTION_SET),
    TILE_PIXELS,
    TILE_FILTERS,
#define FIELD(type, name, parameters) NAME(name),
    NATIVECNN_KERNELS(FIELD)
#undef FIELD
};
/* clang-format on */
