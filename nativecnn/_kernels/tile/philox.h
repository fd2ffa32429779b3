/* Philox 4×64 of ten rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). */
#ifndef NATIVECNN_PHILOX_H
#define NATIVECNN_PHILOX_H

#include <stdint.h>

enum { NATIVECNN_PHILOX_WORDS = 4 };

/* The upper and the lower half of a product. */
static inline uint64_t nativecnn_multiply(uint64_t a, uint64_t b, uint64_t *low) {
    *low = a * b;
#if defined(__SIZEOF_INT128__)
    return (uint64_t)(((unsigned __int128)a * b) >> 64);
#else
    const uint64_t mask = 0xffffffffu;
    const uint64_t cross = (a >> 32) * (b & mask) + (((a & mask) * (b & mask)) >> 32);
    const uint64_t other = (a & mask) * (b >> 32) + (cross & mask);
    return (a >> 32) * (b >> 32) + (cross >> 32) + (other >> 32);
#endif
}

/* Block number `block` of a step: the words of the counter (block + 1, 0, step, 0). */
static inline void nativecnn_philox(const uint64_t key[2], uint64_t step, uint64_t block,
                                    uint64_t words[NATIVECNN_PHILOX_WORDS]) {
    uint64_t a = block + 1, b = 0, c = step, d = 0, k = key[0], l = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t low_a, low_c;
        const uint64_t high_a = nativecnn_multiply(a, 0xd2e7470ee14c6c93u, &low_a);
        const uint64_t high_c = nativecnn_multiply(c, 0xca5a826395121157u, &low_c);
        a = high_c ^ b ^ k;
        b = low_c;
        c = high_a ^ d ^ l;
        d = low_a;
        k += 0x9e3779b97f4a7c15u;
        l += 0xbb67ae8584caa73bu;
    }
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = d;
}

#endif
