/* x86-64 with AVX-512 F, DQ, BW and VL: 32 registers of 16 floats; 14 × 2 sums, 2 weights, pixels from memory. */
#include <immintrin.h>
#include <math.h>

#define INSTRUCTION_SET avx512
#define VECTOR __m512
#define LANES 16
#define TILE_PIXELS 14
#define TILE_VECTORS 2
#define NARROW_PIXELS 28
#define SCALAR_FMA(a, b, c) fmaf(a, b, c)
#define VECTOR_ZERO() _mm512_setzero_ps()
#define VECTOR_LOAD(p) _mm512_loadu_ps(p)
#define VECTOR_STORE(p, a) _mm512_storeu_ps(p, a)
#define VECTOR_BROADCAST(p) _mm512_set1_ps(*(p))
#define VECTOR_ADD(a, b) _mm512_add_ps(a, b)
#define VECTOR_FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define FIRST(n) ((__mmask16)((1u << (n)) - 1))
#define VECTOR_LOAD_PART(p, n) _mm512_maskz_loadu_ps(FIRST(n), p)
#define VECTOR_STORE_PART(p, n, a) _mm512_mask_storeu_ps(p, FIRST(n), a)
#define VECTOR_RELU(a) _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a, _mm512_setzero_ps(), _CMP_NLE_UQ), a)
#define MASK __mmask16
#define VECTOR_DIVIDE(a, b) _mm512_div_ps(a, b)
#define VECTOR_EQUAL(a, b) _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ)
#define VECTOR_BEATS(a, best) _mm512_mask_cmp_ps_mask(_mm512_cmp_ps_mask(best, best, _CMP_ORD_Q), best, a, _CMP_NGE_UQ)
#define VECTOR_SELECT(mask, a, b) _mm512_mask_blend_ps(mask, b, a)

#include "body.h"
