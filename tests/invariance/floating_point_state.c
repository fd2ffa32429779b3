/* Reads and writes the calling thread's floating-point control register. */
#include <stdint.h>

#if defined(__x86_64__) || defined(__SSE2__)
#include <xmmintrin.h>
/* Without the bits that say which exceptions have occurred. */
uint64_t get_state(void) { return _mm_getcsr() & ~0x3fu; }
void set_state(uint64_t state) { _mm_setcsr((unsigned int)state); }
uint64_t hostile_state(int index) {
    static const unsigned int states[] = {
        0x1f80 | 0x8000,          /* flush to zero */
        0x1f80 | 0x0040,          /* denormals are zero */
        0x1f80 | 0x8040,          /* both */
        0x1f80 | 0x2000,          /* round down */
        0x1f80 | 0x4000,          /* round up */
        0x1f80 | 0x6000,          /* round towards zero */
        0x1f80 | 0x6000 | 0x8040, /* everything */
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
    static const uint64_t states[] = {1u << 24, 1u << 24, 1u << 24, 2u << 22, 1u << 22, 3u << 22, 1u << 24 | 3u << 22};
    return states[index];
}
#else
#error "no such register known"
#endif
