/* x86-64 with AVX2 and FMA: 16 registers of 8 floats; 6 × 2 sums, 2 weights, 1 pixel. */
#include <immintrin.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"

#define VECTOR __m256
#define LANES 8
#define TILE_PIXELS 6
#define TILE_VECTORS 2
#define NARROW_PIXELS 12
#define DENSE_TERMS 6
#define DENSE_VECTORS 2
#define PLANE_SUMS 12
#define SCALAR_FMA(a, b, c) fmaf(a, b, c)
#define VECTOR_ZERO() _mm256_setzero_ps()
#define VECTOR_LOAD(p) _mm256_loadu_ps(p)
#define VECTOR_STORE(p, a) _mm256_storeu_ps(p, a)
#define VECTOR_BROADCAST(p) _mm256_broadcast_ss(p)
#define VECTOR_ADD(a, b) _mm256_add_ps(a, b)
#define VECTOR_SUBTRACT(a, b) _mm256_sub_ps(a, b)
#define VECTOR_MULTIPLY(a, b) _mm256_mul_ps(a, b)
#define VECTOR_FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define VECTOR_LOAD_PART(p, count) _mm256_maskload_ps(p, first_lanes(count))
#define VECTOR_STORE_PART(p, count, a) _mm256_maskstore_ps(p, first_lanes(count), a)
#define MASK __m256
#define VECTOR_DIVIDE(a, b) _mm256_div_ps(a, b)
#define VECTOR_EQUAL(a, b) _mm256_cmp_ps(a, b, _CMP_EQ_OQ)
#define VECTOR_BEATS(a, best) _mm256_and_ps(_mm256_cmp_ps(best, best, _CMP_ORD_Q), _mm256_cmp_ps(best, a, _CMP_NGE_UQ))
/* MAX gives its second operand if either is NaN, or if they are equal. */
#define VECTOR_MAXIMUM(a, best) _mm256_blendv_ps(_mm256_max_ps(a, best), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q))
#define VECTOR_SELECT(mask, a, b) _mm256_blendv_ps(b, a, mask)
#define VECTOR_RELU(a) _mm256_and_ps(_mm256_cmp_ps(a, _mm256_setzero_ps(), _CMP_NLE_UQ), a)
/* MIN gives its second operand if either is NaN. */
#define VECTOR_CAP(a, most) _mm256_min_ps(most, a)
#define VECTOR_STREAM(p, a) _mm256_stream_ps(p, a)
#define STREAM_END() _mm_sfence()
#define VECTOR_TRANSPOSE(p, step, columns) transpose_vectors(p, step, columns)
#define VECTOR_INTERLEAVE(rows, count, k) interleave_vectors(rows, count, (k) * 8)

static inline __m256i first_lanes(ptrdiff_t count) {
    static const int32_t lanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return _mm256_loadu_si256((const __m256i *)(lanes + 8 - count));
}

/* Four neighbours of row r and of row r + 4. */
static inline __m256 load_quads(const float *p, ptrdiff_t step) {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + 4 * step), 1);
}

static inline void transpose_vectors(const float *p, ptrdiff_t step, __m256 columns[8]) {
    for (int quad = 0; quad < 8; quad += 4, p += 4) {
        const __m256 a = load_quads(p, step), b = load_quads(p + step, step);
        const __m256 c = load_quads(p + 2 * step, step), d = load_quads(p + 3 * step, step);
        const __m256 ab_low = _mm256_unpacklo_ps(a, b), ab_high = _mm256_unpackhi_ps(a, b);
        const __m256 cd_low = _mm256_unpacklo_ps(c, d), cd_high = _mm256_unpackhi_ps(c, d);
        columns[quad] = _mm256_shuffle_ps(ab_low, cd_low, 0x44);
        columns[quad + 1] = _mm256_shuffle_ps(ab_low, cd_low, 0xee);
        columns[quad + 2] = _mm256_shuffle_ps(ab_high, cd_high, 0x44);
        columns[quad + 3] = _mm256_shuffle_ps(ab_high, cd_high, 0xee);
    }
}

/* Floats from `first` on. */
static ALWAYS_INLINE __m256 interleave_vectors(const __m256 *rows, const int count, const int first) {
#define EACH(VALUE) _mm256_setr_epi32(VALUE(0), VALUE(1), VALUE(2), VALUE(3), VALUE(4), VALUE(5), VALUE(6), VALUE(7))
#define LANE(lane) ((first + (lane)) / count)
#define IN_ROW(lane) (-((first + (lane)) % count == row))
    const __m256i lanes = EACH(LANE);
    __m256 result = _mm256_permutevar8x32_ps(rows[0], lanes);
    UNROLL for (int row = 1; row < count; row++) {
        const __m256 mask = _mm256_castsi256_ps(EACH(IN_ROW));
        result = _mm256_blendv_ps(result, _mm256_permutevar8x32_ps(rows[row], lanes), mask);
    }
#undef IN_ROW
#undef LANE
#undef EACH
    return result;
}

#include "body.h"
