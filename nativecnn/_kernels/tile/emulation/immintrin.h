/* Stands in for <immintrin.h> where AVX2 and AVX-512 are emulated by SIMDe: isa_avx2.c and isa_avx512.c compile as they
 * are, into portable code that tests can run on any processor. */
#ifndef NATIVECNN_EMULATION_IMMINTRIN_H
#define NATIVECNN_EMULATION_IMMINTRIN_H

/* No instructions of the building processor's either: what is tested is the intrinsics' meaning. */
#define SIMDE_NO_NATIVE
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx2.h>
#include <simde/x86/avx512.h>
#include <simde/x86/fma.h>

#include "lanes.h"

/* SIMDe's round twice. */
#undef _mm256_fmadd_ps
#define _mm256_fmadd_ps(a, b, c) emulated_fmadd_8(a, b, c)
EMULATED_FMADD(emulated_fmadd_8, __m256, 8)
#undef _mm512_fmadd_ps
#define _mm512_fmadd_ps(a, b, c) emulated_fmadd_16(a, b, c)
EMULATED_FMADD(emulated_fmadd_16, __m512, 16)

/* SIMDe's reads lanes that the mask leaves out: they may lie outside of the array. */
#undef _mm256_maskload_ps
#define _mm256_maskload_ps(p, mask) emulated_maskload(p, mask)
static inline __m256 emulated_maskload(const float *p, __m256i mask) {
    int32_t wanted[8];
    float lanes[8];
    memcpy(wanted, &mask, sizeof wanted);
    for (int i = 0; i < 8; i++)
        lanes[i] = wanted[i] < 0 ? p[i] : 0.0f;
    return _mm256_loadu_ps(lanes);
}

/* Not in every version of SIMDe, or not under the native name. */
#undef __mmask16
#define __mmask16 simde__mmask16
#undef _mm512_shuffle_f32x4
#define _mm512_shuffle_f32x4(a, b, order) simde_mm512_shuffle_f32x4(a, b, order)
#undef _mm512_maskz_loadu_ps
#define _mm512_maskz_loadu_ps(mask, p) emulated_maskz_loadu(mask, p)
static inline __m512 emulated_maskz_loadu(__mmask16 mask, const float *p) {
    float lanes[16];
    for (int i = 0; i < 16; i++)
        lanes[i] = mask >> i & 1 ? p[i] : 0.0f;
    return _mm512_loadu_ps(lanes);
}
#undef _mm512_mask_storeu_ps
#define _mm512_mask_storeu_ps(p, mask, a) emulated_mask_storeu(p, mask, a)
static inline void emulated_mask_storeu(float *p, __mmask16 mask, __m512 a) {
    float lanes[16];
    memcpy(lanes, &a, sizeof lanes);
    for (int i = 0; i < 16; i++)
        if (mask >> i & 1)
            p[i] = lanes[i];
}
#undef _mm512_mask_cmp_ps_mask
#define _mm512_mask_cmp_ps_mask(mask, a, b, predicate) ((__mmask16)((mask) & _mm512_cmp_ps_mask(a, b, predicate)))
#undef _mm512_stream_ps
#define _mm512_stream_ps(p, a) _mm512_store_ps(p, a)

#endif
