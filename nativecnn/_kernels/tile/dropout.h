/* Dropout: half of a random word for each element decides whether it stays. */

#include "philox.h"

/* Elements of `pixels` pixels, `step` floats apart, all of which drop the same channels; the first channel's random
 * number is that of element `first`. */
static void NAME(dropout_tile)(ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t step, const nativecnn_dropout *dropout,
                               ptrdiff_t first, const float *x, float *y) {
    enum { BLOCK = 2 * NATIVECNN_PHILOX_WORDS };
    uint32_t parts[NATIVECNN_DROPOUT_CHANNELS + 2 * BLOCK];
    const ptrdiff_t skipped = first % BLOCK;
    for (ptrdiff_t block = 0; block * BLOCK < skipped + channels; block++) {
        uint64_t words[NATIVECNN_PHILOX_WORDS];
        nativecnn_philox(dropout->key, dropout->step, (uint64_t)(first / BLOCK + block), words);
        for (int word = 0; word < NATIVECNN_PHILOX_WORDS; word++) {
            parts[block * BLOCK + 2 * word] = (uint32_t)words[word];
            parts[block * BLOCK + 2 * word + 1] = (uint32_t)(words[word] >> 32);
        }
    }
    const float scale = (float)(1.0 / (1.0 - dropout->rate));
    const double threshold = ceil(dropout->rate * 0x1p32);
    const int none_stays = threshold > 4294967295.0;
    const uint32_t lowest = none_stays ? 0 : (uint32_t)threshold;
    const uint32_t *own = parts + skipped;
    for (ptrdiff_t pixel = 0; pixel < pixels; pixel++, x += step, y += step) {
        if (none_stays)
            memset(y, 0, (size_t)channels * sizeof(float));
        else
            INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) { y[c] = own[c] >= lowest ? x[c] * scale : 0.0f; }
    }
}
