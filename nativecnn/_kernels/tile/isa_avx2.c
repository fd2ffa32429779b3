/* x86-64 with AVX2 and FMA: 16 registers of 8 floats; 6 × 2 sums, 2 weights, 1 pixel. */
#include <immintrin.h>
#include <math.h>
#include <stdint.h>

#define INSTRUCTION_SET avx2
#define VECTOR __m256
#define LANES 8
#define TILE_PIXELS 6
#define TILE_VECTORS 2
#define NARROW_PIXELS 12
#define SCALAR_FMA(a, b, c) fmaf(a, b, c)
#define VECTOR_ZERO() _mm256_setzero_ps()
#define VECTOR_LOAD(p) _mm256_loadu_ps(p)
#define VECTOR_STORE(p, a) _mm256_storeu_ps(p, a)
#define VECTOR_BROADCAST(p) _mm256_broadcast_ss(p)
#define VECTOR_ADD(a, b) _mm256_add_ps(a, b)
#define VECTOR_FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define FIRST(n) _mm256_loadu_si256((const __m256i *)(first_lanes + 8 - (n)))
#define VECTOR_LOAD_PART(p, n) _mm256_maskload_ps(p, FIRST(n))
#define VECTOR_STORE_PART(p, n, a) _mm256_maskstore_ps(p, FIRST(n), a)
#define MASK __m256
#define VECTOR_DIVIDE(a, b) _mm256_div_ps(a, b)
#define VECTOR_EQUAL(a, b) _mm256_cmp_ps(a, b, _CMP_EQ_OQ)
#define VECTOR_BEATS(a, best) _mm256_and_ps(_mm256_cmp_ps(best, best, _CMP_ORD_Q), _mm256_cmp_ps(best, a, _CMP_NGE_UQ))
#define VECTOR_SELECT(mask, a, b) _mm256_blendv_ps(b, a, mask)
#define VECTOR_RELU(a) _mm256_and_ps(_mm256_cmp_ps(a, _mm256_setzero_ps(), _CMP_NLE_UQ), a)

static const int32_t first_lanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};

#include "body.h"
