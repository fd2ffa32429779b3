/* Which instruction sets were built, and which of them this processor and operating system support. */
#include "kernels.h"

#include <string.h>

#if defined(__x86_64__) || defined(_M_X64)
#define X86 1
#if defined(_MSC_VER)
#include <intrin.h>
static void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t r[4]) { __cpuidex((int *)r, (int)leaf, (int)subleaf); }
static uint64_t enabled_state(void) { return _xgetbv(0); }
#else
#include <cpuid.h>
static void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t r[4]) {
    __cpuid_count(leaf, subleaf, r[0], r[1], r[2], r[3]);
}
static uint64_t enabled_state(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return ((uint64_t)high << 32) | low;
}
#endif

#define BIT(word, position) (((word) >> (position)) & 1u)
enum { YMM_STATE = 0x06, ZMM_STATE = 0xe6 };

/* 0: neither; 1: AVX2 and FMA; 2: AVX-512 F, DQ, BW and VL as well. The operating system must save the registers. */
static int x86_level(void) {
    uint32_t r[4];
    cpuid(0, 0, r);
    if (r[0] < 7)
        return 0;
    cpuid(1, 0, r);
    const int fma = BIT(r[2], 12) && BIT(r[2], 27) && BIT(r[2], 28); /* FMA, OSXSAVE, AVX */
    if (!fma || (enabled_state() & YMM_STATE) != YMM_STATE)
        return 0;
    cpuid(7, 0, r);
    if (!BIT(r[1], 5))
        return 0;
    const int avx512 = BIT(r[1], 16) && BIT(r[1], 17) && BIT(r[1], 30) && BIT(r[1], 31);
    return avx512 && (enabled_state() & ZMM_STATE) == ZMM_STATE ? 2 : 1;
}
#endif

int nativecnn_instruction_sets(nativecnn_instruction_set *sets) {
    int count = 0;
#if defined(NATIVECNN_HAVE_AVX2_EMULATED)
    sets[count++] = (nativecnn_instruction_set){&nativecnn_kernels_avx2_emulated, 1};
#endif
#if defined(NATIVECNN_HAVE_AVX512_EMULATED)
    sets[count++] = (nativecnn_instruction_set){&nativecnn_kernels_avx512_emulated, 1};
#endif
#if defined(NATIVECNN_HAVE_NEON_EMULATED)
    sets[count++] = (nativecnn_instruction_set){&nativecnn_kernels_neon_emulated, 1};
#endif
    sets[count++] = (nativecnn_instruction_set){&nativecnn_kernels_generic, 1};
#if defined(NATIVECNN_HAVE_AVX2)
    sets[count++] = (nativecnn_instruction_set){&nativecnn_kernels_avx2, x86_level() >= 1};
#endif
#if defined(NATIVECNN_HAVE_AVX512)
    sets[count++] = (nativecnn_instruction_set){&nativecnn_kernels_avx512, x86_level() >= 2};
#endif
#if defined(NATIVECNN_HAVE_NEON)
    sets[count++] = (nativecnn_instruction_set){&nativecnn_kernels_neon, 1}; /* every AArch64 processor has it */
#endif
    return count;
}

void nativecnn_processor_name(char *name, size_t size) {
    name[0] = '\0';
#if defined(X86)
    uint32_t words[12], r[4];
    cpuid(0x80000000u, 0, r);
    if (r[0] < 0x80000004u || size < sizeof words + 1)
        return;
    for (uint32_t leaf = 0; leaf < 3; leaf++)
        cpuid(0x80000002u + leaf, 0, words + 4 * leaf);
    memcpy(name, words, sizeof words);
    name[sizeof words] = '\0';
#else
    (void)size;
#endif
}
