/* Stands in for <arm_neon.h> where NEON is emulated by SIMDe, as immintrin.h does here. */
#ifndef NATIVECNN_EMULATION_ARM_NEON_H
#define NATIVECNN_EMULATION_ARM_NEON_H

#define SIMDE_NO_NATIVE
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/arm/neon.h>

#include "lanes.h"

/* SIMDe's rounds twice; the sum comes first. */
#undef vfmaq_f32
#define vfmaq_f32(c, a, b) emulated_fmadd_4(a, b, c)
EMULATED_FMADD(emulated_fmadd_4, float32x4_t, 4)

/* Not in every version of SIMDe. */
#undef vdivq_f32
#define vdivq_f32(a, b) emulated_divide(a, b)
static inline float32x4_t emulated_divide(float32x4_t a, float32x4_t b) {
    float dividends[4], divisors[4];
    memcpy(dividends, &a, sizeof dividends);
    memcpy(divisors, &b, sizeof divisors);
    for (int i = 0; i < 4; i++)
        dividends[i] /= divisors[i];
    return vld1q_f32(dividends);
}

#endif
