// docs/arithmetic.md, "Random numbers": Philox 4×64 of ten rounds (Salmon et al. 2011).

#include "second_opinion.h"

static void multiply(uint64_t a, uint64_t b, uint64_t *high, uint64_t *low) {
    uint64_t a0 = a & 0xFFFFFFFFu, a1 = a >> 32, b0 = b & 0xFFFFFFFFu, b1 = b >> 32;
    uint64_t middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (middle & 0xFFFFFFFFu);
    *high = a1 * b1 + (middle >> 32) + (other >> 32);
    *low = a * b;
}

// The block of four words that a counter stands for.
static void philox(const uint64_t counter[4], const uint64_t key[2], uint64_t words[4]) {
    uint64_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t high0, low0, high1, low1;
        multiply(0xD2E7470EE14C6C93u, c0, &high0, &low0);
        multiply(0xCA5A826395121157u, c2, &high1, &low1);
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9E3779B97F4A7C15u;
        k1 += 0xBB67AE8584CAA73Bu;
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
}

// count words of a step: those of the counters (1, 0, step, 0), (2, 0, step, 0), … one after the other.
void random_words(const uint64_t key[2], uint64_t step, int64_t count, uint64_t *words) {
    for (int64_t i = 0; i < count; i++) {
        uint64_t counter[4] = {(uint64_t)(i / 4 + 1), 0, step, 0}, block[4];
        philox(counter, key, block);
        words[i] = block[i % 4];
    }
}

static float uniform(uint64_t word) { return (float)(word >> 40) * 0x1p-24f; }

void random_uniform(const uint64_t key[2], uint64_t step, int64_t count, float *values) {
    uint64_t *words = malloc((size_t)(count + 1) * sizeof *words);
    random_words(key, step, count, words);
    for (int64_t i = 0; i < count; i++)
        values[i] = uniform(words[i]);
    free(words);
}

// First values of a kernel of taps · inputs · outputs weights, within ±√(6 / (fan in + fan out)).
void glorot_uniform(const uint64_t key[2], int64_t taps, int64_t inputs, int64_t outputs, float *weights) {
    int64_t count = taps * inputs * outputs;
    double high = sqrt(6.0 / (double)(taps * inputs + taps * outputs)), low = -high;
    random_uniform(key, 0, count, weights);
    for (int64_t i = 0; i < count; i++)
        weights[i] = (float)(low + (high - low) * (double)weights[i]);
}

// The numbers below count in the order of as many words, those of equal words as they come.
void random_permutation(const uint64_t key[2], uint64_t step, int64_t count, int64_t *order) {
    uint64_t *words = malloc((size_t)(count + 1) * sizeof *words);
    random_words(key, step, count, words);
    for (int64_t i = 0; i < count; i++) {
        int64_t place = i;
        for (; place > 0 && words[order[place - 1]] > words[i]; place--)
            order[place] = order[place - 1];
        order[place] = i;
    }
    free(words);
}
