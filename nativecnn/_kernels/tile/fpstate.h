/* The floating-point state that the contract assumes: round to nearest even, subnormals kept, exceptions masked.
 *
 * Other code in the process may have changed it. Every thread that computes sets it first and restores it after. */
#ifndef NATIVECNN_FPSTATE_H
#define NATIVECNN_FPSTATE_H

#include <stdint.h>

#if defined(__x86_64__) || defined(_M_X64) || defined(__SSE2__)
#include <xmmintrin.h>
static inline uint64_t nativecnn_enter_fp_state(void) {
    const uint64_t before = _mm_getcsr();
    _mm_setcsr(0x1f80);
    return before;
}
static inline void nativecnn_leave_fp_state(uint64_t before) { _mm_setcsr((unsigned int)before); }
#elif defined(__aarch64__)
static inline uint64_t nativecnn_enter_fp_state(void) {
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)0));
    return before;
}
static inline void nativecnn_leave_fp_state(uint64_t before) { __asm__ volatile("msr fpcr, %0" : : "r"(before)); }
#else
#include <fenv.h>
/* Portable C knows the rounding mode only. */
static inline uint64_t nativecnn_enter_fp_state(void) {
    const int before = fegetround();
    fesetround(FE_TONEAREST);
    return (uint64_t)before;
}
static inline void nativecnn_leave_fp_state(uint64_t before) { fesetround((int)before); }
#endif

#endif
