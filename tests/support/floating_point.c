/* Reads and writes the calling thread's floating-point control registers. */
#include <stdint.h>

enum { HOSTILE_STATES = 8 };

#if defined(__x86_64__)
#include <xmmintrin.h>
/* MXCSR without the bits that say which exceptions have occurred; above it the x87 control word, which long double and a
 * few functions of C libraries follow. */
uint64_t get_state(void) {
    uint16_t x87;
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    return (_mm_getcsr() & ~0x3fu) | (uint64_t)x87 << 32;
}
void set_state(uint64_t state) {
    const uint16_t x87 = (uint16_t)(state >> 32);
    __asm__ volatile("fnclex; fldcw %0" : : "m"(x87));
    _mm_setcsr((unsigned int)state);
}
uint64_t hostile_state(int index) {
    static const uint64_t states[HOSTILE_STATES] = {
        0x037f00001f80 | 0x8000,                  /* flush to zero */
        0x037f00001f80 | 0x0040,                  /* denormals are zero */
        0x037f00001f80 | 0x8040,                  /* both */
        0x037f00001f80 | 0x040000002000,          /* round down */
        0x037f00001f80 | 0x080000004000,          /* round up */
        0x037f00001f80 | 0x0c0000006000,          /* round towards zero */
        0x007f00001f80 | 0x0c0000006000 | 0x8040, /* all of it, x87 to 24 bits */
        0x034000000000 | 0x080000004000 | 0x8040, /* no exception masked, and round up, flush and zero */
    };
    return states[index];
}
#elif defined(__aarch64__)
uint64_t get_state(void) {
    uint64_t state;
    __asm__ volatile("mrs %0, fpcr" : "=r"(state));
    return state;
}
void set_state(uint64_t state) { __asm__ volatile("msr fpcr, %0" : : "r"(state)); }
uint64_t hostile_state(int index) {
    static const uint64_t flush = 1u << 24, down = 2u << 22, up = 1u << 22, zero = 3u << 22, trap = 0x9f00;
    const uint64_t states[HOSTILE_STATES] = {flush, flush, flush, down, up, zero, flush | zero, flush | up | trap};
    return states[index];
}
#else
#error "no such register known"
#endif
