/* x86-64 with AVX-512 F, DQ, BW and VL: 32 registers of 16 floats; 14 × 2 sums, 2 weights, pixels from memory. */
#include <immintrin.h>
#include <math.h>
#include <stddef.h>

#define INSTRUCTION_SET avx512
#define VECTOR __m512
#define LANES 16
#define TILE_PIXELS 14
#define TILE_VECTORS 2
#define NARROW_PIXELS 28
#define PLANE_SUMS 24
#define SCALAR_FMA(a, b, c) fmaf(a, b, c)
#define VECTOR_ZERO() _mm512_setzero_ps()
#define VECTOR_LOAD(p) _mm512_loadu_ps(p)
#define VECTOR_STORE(p, a) _mm512_storeu_ps(p, a)
#define VECTOR_BROADCAST(p) _mm512_set1_ps(*(p))
#define VECTOR_ADD(a, b) _mm512_add_ps(a, b)
#define VECTOR_FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define VECTOR_LOAD_PART(p, count) _mm512_maskz_loadu_ps(FIRST_LANES(count), p)
#define VECTOR_STORE_PART(p, count, a) _mm512_mask_storeu_ps(p, FIRST_LANES(count), a)
#define VECTOR_RELU(a) _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a, _mm512_setzero_ps(), _CMP_NLE_UQ), a)
#define MASK __mmask16
#define VECTOR_DIVIDE(a, b) _mm512_div_ps(a, b)
#define VECTOR_EQUAL(a, b) _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ)
#define VECTOR_BEATS(a, best) _mm512_mask_cmp_ps_mask(_mm512_cmp_ps_mask(best, best, _CMP_ORD_Q), best, a, _CMP_NGE_UQ)
#define VECTOR_SELECT(mask, a, b) _mm512_mask_blend_ps(mask, b, a)
#define VECTOR_TRANSPOSE(p, step, columns) transpose_vectors(p, step, columns)
#define FIRST_LANES(count) ((__mmask16)((1u << (count)) - 1))

/* Four neighbours of rows r, r + 4, r + 8, r + 12. Faster than whole rows and shuffles between lanes, whose loads
 * cross cache lines wherever rows are not aligned. */
static inline __m512 load_quads(const float *p, ptrdiff_t step) {
    __m512 quads = _mm512_castps128_ps512(_mm_loadu_ps(p));
    quads = _mm512_mask_broadcast_f32x4(quads, 0x00f0, _mm_loadu_ps(p + 4 * step));
    quads = _mm512_mask_broadcast_f32x4(quads, 0x0f00, _mm_loadu_ps(p + 8 * step));
    return _mm512_mask_broadcast_f32x4(quads, 0xf000, _mm_loadu_ps(p + 12 * step));
}

static inline void transpose_vectors(const float *p, ptrdiff_t step, __m512 columns[16]) {
    for (int quad = 0; quad < 16; quad += 4, p += 4) {
        const __m512 a = load_quads(p, step), b = load_quads(p + step, step);
        const __m512 c = load_quads(p + 2 * step, step), d = load_quads(p + 3 * step, step);
        const __m512 ab_low = _mm512_unpacklo_ps(a, b), ab_high = _mm512_unpackhi_ps(a, b);
        const __m512 cd_low = _mm512_unpacklo_ps(c, d), cd_high = _mm512_unpackhi_ps(c, d);
        columns[quad] = _mm512_shuffle_ps(ab_low, cd_low, 0x44);
        columns[quad + 1] = _mm512_shuffle_ps(ab_low, cd_low, 0xee);
        columns[quad + 2] = _mm512_shuffle_ps(ab_high, cd_high, 0x44);
        columns[quad + 3] = _mm512_shuffle_ps(ab_high, cd_high, 0xee);
    }
}

#include "body.h"
