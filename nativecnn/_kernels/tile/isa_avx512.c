/* x86-64 with AVX-512 F, DQ, BW and VL: 32 registers of 16 floats; 14 × 2 sums, 2 weights, pixels from memory. */
#include <immintrin.h>
#include <math.h>
#include <stddef.h>

#include "compiler.h"

#define VECTOR __m512
#define LANES 16
#define TILE_PIXELS 14
#define TILE_VECTORS 2
#define NARROW_PIXELS 28
#define DENSE_TERMS 8
#define DENSE_VECTORS 3
#define PLANE_SUMS 24
#define SCALAR_FMA(a, b, c) fmaf(a, b, c)
#define VECTOR_ZERO() _mm512_setzero_ps()
#define VECTOR_LOAD(p) _mm512_loadu_ps(p)
#define VECTOR_STORE(p, a) _mm512_storeu_ps(p, a)
#define VECTOR_BROADCAST(p) _mm512_set1_ps(*(p))
#define VECTOR_ADD(a, b) _mm512_add_ps(a, b)
#define VECTOR_SUBTRACT(a, b) _mm512_sub_ps(a, b)
#define VECTOR_MULTIPLY(a, b) _mm512_mul_ps(a, b)
#define VECTOR_FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define VECTOR_LOAD_PART(p, count) _mm512_maskz_loadu_ps(FIRST_LANES(count), p)
#define VECTOR_STORE_PART(p, count, a) _mm512_mask_storeu_ps(p, FIRST_LANES(count), a)
#define VECTOR_RELU(a) _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a, _mm512_setzero_ps(), _CMP_NLE_UQ), a)
/* MIN gives its second operand if either is NaN. */
#define VECTOR_CAP(a, most) _mm512_min_ps(most, a)
#define MASK __mmask16
#define VECTOR_DIVIDE(a, b) _mm512_div_ps(a, b)
#define VECTOR_EQUAL(a, b) _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ)
#define VECTOR_BEATS(a, best) _mm512_mask_cmp_ps_mask(_mm512_cmp_ps_mask(best, best, _CMP_ORD_Q), best, a, _CMP_NGE_UQ)
/* MAX gives its second operand if either is NaN, or if they are equal. */
#define VECTOR_MAXIMUM(a, best) _mm512_mask_mov_ps(_mm512_max_ps(a, best), _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), a)
#define VECTOR_SELECT(mask, a, b) _mm512_mask_blend_ps(mask, b, a)
#define VECTOR_STREAM(p, a) _mm512_stream_ps(p, a)
#define STREAM_END() _mm_sfence()
#define VECTOR_TRANSPOSE(p, step, columns) transpose_vectors(p, step, columns)
#define VECTOR_INTERLEAVE(rows, count, k) interleave_vectors(rows, count, (k) * 16)
#define FIRST_LANES(count) ((__mmask16)((1u << (count)) - 1))

/* By whole rows: rows a large power of two apart compete for the same places in the cache, so each is read once. */
static inline void transpose_vectors(const float *p, ptrdiff_t step, __m512 columns[16]) {
    __m512 quads[16]; /* [quad * 4 + column of each of the row's four quads]: rows 4 quad … 4 quad + 3 */
    for (int row = 0; row < 16; row += 4, p += 4 * step) {
        const __m512 a = _mm512_loadu_ps(p), b = _mm512_loadu_ps(p + step);
        const __m512 c = _mm512_loadu_ps(p + 2 * step), d = _mm512_loadu_ps(p + 3 * step);
        const __m512 ab_low = _mm512_unpacklo_ps(a, b), ab_high = _mm512_unpackhi_ps(a, b);
        const __m512 cd_low = _mm512_unpacklo_ps(c, d), cd_high = _mm512_unpackhi_ps(c, d);
        quads[row] = _mm512_shuffle_ps(ab_low, cd_low, 0x44);
        quads[row + 1] = _mm512_shuffle_ps(ab_low, cd_low, 0xee);
        quads[row + 2] = _mm512_shuffle_ps(ab_high, cd_high, 0x44);
        quads[row + 3] = _mm512_shuffle_ps(ab_high, cd_high, 0xee);
    }
    for (int column = 0; column < 4; column++) {
        const __m512 a = _mm512_shuffle_f32x4(quads[column], quads[4 + column], 0x44);
        const __m512 b = _mm512_shuffle_f32x4(quads[column], quads[4 + column], 0xee);
        const __m512 c = _mm512_shuffle_f32x4(quads[8 + column], quads[12 + column], 0x44);
        const __m512 d = _mm512_shuffle_f32x4(quads[8 + column], quads[12 + column], 0xee);
        columns[column] = _mm512_shuffle_f32x4(a, c, 0x88);
        columns[4 + column] = _mm512_shuffle_f32x4(a, c, 0xdd);
        columns[8 + column] = _mm512_shuffle_f32x4(b, d, 0x88);
        columns[12 + column] = _mm512_shuffle_f32x4(b, d, 0xdd);
    }
}

/* Floats from `first` on. */
static ALWAYS_INLINE __m512 interleave_vectors(const __m512 *rows, const int count, const int first) {
#define LANE(lane) ((first + (lane)) / count)
    const __m512i lanes =
        _mm512_setr_epi32(LANE(0), LANE(1), LANE(2), LANE(3), LANE(4), LANE(5), LANE(6), LANE(7), LANE(8), LANE(9),
                          LANE(10), LANE(11), LANE(12), LANE(13), LANE(14), LANE(15));
#undef LANE
    __m512 result = _mm512_permutexvar_ps(lanes, rows[0]);
    UNROLL for (int row = 1; row < count; row++) {
        unsigned int mask = 0;
        UNROLL for (int lane = 0; lane < 16; lane++) { mask |= (unsigned int)((first + lane) % count == row) << lane; }
        result = _mm512_mask_permutexvar_ps(result, (__mmask16)mask, lanes, rows[row]);
    }
    return result;
}

#include "body.h"
