/* Pooling windows, already clipped to the image: rows × columns pixels of `channels` floats, `row_step` floats from a
 * row to the next. */

#include "maximum.h"

#define POOLING_CHUNK 128 /* channels whose winners stay on the stack */

static void NAME(max_pool_pixel)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t channels, const float *x,
                                 ptrdiff_t row_step, float *y) {
    memcpy(y, x, (size_t)channels * sizeof(float));
    for (ptrdiff_t row = 0; row < rows; row++) {
        for (ptrdiff_t column = row == 0; column < columns; column++) {
            const float *pixel = x + row * row_step + column * channels;
            INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) {
                y[c] = nativecnn_beats(pixel[c], y[c]) ? pixel[c] : y[c];
            }
        }
    }
}

static void NAME(max_pool_gradient_pixel)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t channels, const float *dy,
                                          const float *x, float *dx, ptrdiff_t row_step) {
    float best[POOLING_CHUNK];
    ptrdiff_t winner[POOLING_CHUNK];
    for (ptrdiff_t from = 0; from < channels; from += POOLING_CHUNK) {
        const ptrdiff_t width = channels - from < POOLING_CHUNK ? channels - from : POOLING_CHUNK;
        memcpy(best, x + from, (size_t)width * sizeof(float));
        memset(winner, 0, sizeof winner);
        for (ptrdiff_t row = 0; row < rows; row++) {
            for (ptrdiff_t column = row == 0; column < columns; column++) {
                const ptrdiff_t place = row * row_step + column * channels;
                const float *pixel = x + place + from;
                INDEPENDENT for (ptrdiff_t c = 0; c < width; c++) {
                    const int wins = nativecnn_beats(pixel[c], best[c]);
                    best[c] = wins ? pixel[c] : best[c];
                    winner[c] = wins ? place : winner[c];
                }
            }
        }
        for (ptrdiff_t c = 0; c < width; c++)
            dx[winner[c] + from + c] += dy[from + c];
    }
}

static void NAME(average_pool_pixel)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t channels, const float *x,
                                     ptrdiff_t row_step, float *y) {
    const float pixels = (float)(rows * columns);
    memset(y, 0, (size_t)channels * sizeof(float));
    for (ptrdiff_t row = 0; row < rows; row++) {
        for (ptrdiff_t column = 0; column < columns; column++) {
            const float *pixel = x + row * row_step + column * channels;
            INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) { y[c] += pixel[c]; }
        }
    }
    INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) { y[c] /= pixels; }
}

static void NAME(average_pool_gradient_pixel)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t channels, const float *dy,
                                              float *dx, ptrdiff_t row_step) {
    const float pixels = (float)(rows * columns);
    for (ptrdiff_t row = 0; row < rows; row++) {
        for (ptrdiff_t column = 0; column < columns; column++) {
            float *pixel = dx + row * row_step + column * channels;
            INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) { pixel[c] += dy[c] / pixels; }
        }
    }
}
