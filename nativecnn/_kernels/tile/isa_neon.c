/* AArch64: 32 registers of 4 floats; 12 × 2 sums, 2 weights, 1 pixel. (NEON on 32-bit Arm has neither division nor
 * subnormals.) */
#include <arm_neon.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"

#define VECTOR float32x4_t
#define LANES 4
#define TILE_PIXELS 12
#define TILE_VECTORS 2
#define NARROW_PIXELS 24
#define DENSE_TERMS 8
#define DENSE_VECTORS 3
#define PLANE_SUMS 24
#define SCALAR_FMA(a, b, c) fmaf(a, b, c)
#define VECTOR_ZERO() vdupq_n_f32(0.0f)
#define VECTOR_LOAD(p) vld1q_f32(p)
#define VECTOR_STORE(p, a) vst1q_f32(p, a)
#define VECTOR_BROADCAST(p) vld1q_dup_f32(p)
#define VECTOR_ADD(a, b) vaddq_f32(a, b)
#define VECTOR_SUBTRACT(a, b) vsubq_f32(a, b)
#define VECTOR_MULTIPLY(a, b) vmulq_f32(a, b)
#define VECTOR_FMA(a, b, c) vfmaq_f32(c, a, b)
#define VECTOR_LOAD_PART(p, count) load_part(p, count)
#define VECTOR_STORE_PART(p, count, a) store_part(p, count, a)
#define MASK uint32x4_t
#define VECTOR_DIVIDE(a, b) vdivq_f32(a, b)
#define VECTOR_EQUAL(a, b) vceqq_f32(a, b)
#define VECTOR_BEATS(a, best) vbicq_u32(vceqq_f32(best, best), vcgeq_f32(best, a))
/* Not FMAX, for which +0 is larger than -0. */
#define VECTOR_MAXIMUM(a, best) vbslq_f32(VECTOR_BEATS(a, best), a, best)
#define VECTOR_SELECT(mask, a, b) vbslq_f32(mask, a, b)
#define VECTOR_RELU(a) vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(a), vclezq_f32(a)))
#define VECTOR_CAP(a, most) vminq_f32(a, most)
#define VECTOR_STREAM(p, a) vst1q_f32(p, a) /* no intrinsic stores past the cache */
#define STREAM_END() ((void)0)
#define VECTOR_TRANSPOSE(p, step, columns) transpose_vectors(p, step, columns)
#define VECTOR_INTERLEAVE(rows, count, k) interleave_vectors(rows, count, (k) * 4)

static inline float32x4_t load_part(const float *p, ptrdiff_t count) {
    switch (count) {
    case 0:
        return vdupq_n_f32(0.0f);
    case 1:
        return vld1q_lane_f32(p, vdupq_n_f32(0.0f), 0);
    case 2:
        return vcombine_f32(vld1_f32(p), vdup_n_f32(0.0f));
    case 3:
        return vld1q_lane_f32(p + 2, vcombine_f32(vld1_f32(p), vdup_n_f32(0.0f)), 2);
    default:
        return vld1q_f32(p);
    }
}

static inline void store_part(float *p, ptrdiff_t count, float32x4_t a) {
    switch (count) {
    case 0:
        break;
    case 1:
        vst1q_lane_f32(p, a, 0);
        break;
    case 2:
        vst1_f32(p, vget_low_f32(a));
        break;
    case 3:
        vst1_f32(p, vget_low_f32(a));
        vst1q_lane_f32(p + 2, a, 2);
        break;
    default:
        vst1q_f32(p, a);
    }
}

static inline void transpose_vectors(const float *p, ptrdiff_t step, float32x4_t columns[4]) {
    const float32x4_t a = vld1q_f32(p), b = vld1q_f32(p + step);
    const float32x4_t c = vld1q_f32(p + 2 * step), d = vld1q_f32(p + 3 * step);
    const float32x4_t ac_low = vzip1q_f32(a, c), ac_high = vzip2q_f32(a, c);
    const float32x4_t bd_low = vzip1q_f32(b, d), bd_high = vzip2q_f32(b, d);
    columns[0] = vzip1q_f32(ac_low, bd_low);
    columns[1] = vzip2q_f32(ac_low, bd_low);
    columns[2] = vzip1q_f32(ac_high, bd_high);
    columns[3] = vzip2q_f32(ac_high, bd_high);
}

/* Floats from `first` on. */
static ALWAYS_INLINE float32x4_t interleave_vectors(const float32x4_t *rows, const int count, const int first) {
/* Where the lane's four bytes lie in its row; nowhere, if that is another row. */
#define BYTES(lane)                                                                                                    \
    ((first + (lane)) % count == row ? 0x03020100u + (uint32_t)((first + (lane)) / count) * 0x04040404u : 0xffffffffu)
#define PAIR(lane) vcreate_u32(BYTES(lane) | (uint64_t)BYTES((lane) + 1) << 32)
    uint8x16_t result = vdupq_n_u8(0);
    UNROLL for (int row = 0; row < count; row++) {
        const uint8x16_t bytes = vreinterpretq_u8_u32(vcombine_u32(PAIR(0), PAIR(2)));
        result = vqtbx1q_u8(result, vreinterpretq_u8_f32(rows[row]), bytes);
    }
#undef PAIR
#undef BYTES
    return vreinterpretq_f32_u8(result);
}

#include "body.h"
