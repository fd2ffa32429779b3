/* Pooling windows: vectors lie across channels. Common sizes have a kernel of their own, in which the window's pixels
 * are known. */

#include "channels.h"
#include "maximum.h"

#define POOLING_VECTORS 4 /* side by side, so that large windows are read by whole cache lines */

/* BODY(row, pixel, from, vectors, count, planes, rows, columns) computes channels from `from` on: `vectors` vectors of `count`
 * channels of one pixel. */
#define EACH_CHANNEL(BODY, row, pixel, planes, rows, columns)                                                          \
    do {                                                                                                               \
        ptrdiff_t from = 0;                                                                                            \
        for (; from + POOLING_VECTORS * LANES <= (row)->channels; from += POOLING_VECTORS * LANES)                     \
            BODY(row, pixel, from, POOLING_VECTORS, LANES, planes, rows, columns);                                     \
        for (; from + LANES <= (row)->channels; from += LANES)                                                         \
            BODY(row, pixel, from, 1, LANES, planes, rows, columns);                                                   \
        if (from < (row)->channels)                                                                                    \
            BODY(row, pixel, from, 1, (int)((row)->channels - from), planes, rows, columns);                           \
    } while (0)

#define POOLING_KERNEL(name, body)                                                                                     \
    static void NAME(name)(const nativecnn_pooling_row *row) {                                                         \
        for (ptrdiff_t pixel = 0; pixel < row->pixels; pixel++) {                                                      \
            if (row->planes == 1 && row->rows == 2 && row->columns == 2)                                               \
                EACH_CHANNEL(NAME(body), row, pixel, 1, 2, 2);                                                         \
            else if (row->planes == 1 && row->rows == 3 && row->columns == 3)                                          \
                EACH_CHANNEL(NAME(body), row, pixel, 1, 3, 3);                                                         \
            else                                                                                                       \
                EACH_CHANNEL(NAME(body), row, pixel, row->planes, row->rows, row->columns);                            \
        }                                                                                                              \
    }

/* Runs over a window's pixels in order, `place` floats from the first: planes, then rows, then columns. */
#define EACH_PIXEL(row, planes, rows, columns, place)                                                                  \
    for (ptrdiff_t p = 0; p < (planes); p++)                                                                           \
        for (ptrdiff_t r = 0; r < (rows); r++)                                                                         \
            for (ptrdiff_t s = 0, place = p * (row)->image_plane + r * (row)->image_row; s < (columns);                \
                 s++, place += (row)->image_column)

static ALWAYS_INLINE void NAME(max_pool)(const nativecnn_pooling_row *row, ptrdiff_t pixel, ptrdiff_t from,
                                         const int vectors, const int count, const ptrdiff_t planes,
                                         const ptrdiff_t rows, const ptrdiff_t columns) {
    const float *x = row->x + pixel * row->window_step + from;
    float *y = row->y + pixel * row->output_column + from;
    VECTOR best[POOLING_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) { best[v] = NAME(load_channels)(x + v * LANES, count); }
    EACH_PIXEL(row, planes, rows, columns, place) {
        if ((p | r | s) == 0)
            continue;
        UNROLL for (int v = 0; v < vectors; v++) {
            best[v] = VECTOR_MAXIMUM(NAME(load_channels)(x + place + v * LANES, count), best[v]);
        }
    }
    UNROLL for (int v = 0; v < vectors; v++) { NAME(store_channels)(y + v * LANES, best[v], count); }
}

/* The winner's place is counted in floats, which are exact for any window that could be computed. */
static ALWAYS_INLINE void NAME(max_pool_gradient)(const nativecnn_pooling_row *row, ptrdiff_t pixel, ptrdiff_t from,
                                                  const int vectors, const int count, const ptrdiff_t planes,
                                                  const ptrdiff_t rows, const ptrdiff_t columns) {
    const float *x = row->x + pixel * row->window_step + from;
    const float *dy = row->dy + pixel * row->output_column + from;
    float *dx = row->dx + pixel * row->window_step + from;
    VECTOR best[POOLING_VECTORS], winner[POOLING_VECTORS], gradient[POOLING_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) {
        best[v] = NAME(load_channels)(x + v * LANES, count);
        winner[v] = VECTOR_ZERO();
    }
    float number = 0.0f;
    EACH_PIXEL(row, planes, rows, columns, place) {
        UNROLL for (int v = 0; v < vectors; v++) {
            const VECTOR value = NAME(load_channels)(x + place + v * LANES, count);
            const MASK beats = VECTOR_BEATS(value, best[v]);
            best[v] = VECTOR_SELECT(beats, value, best[v]);
            winner[v] = VECTOR_SELECT(beats, VECTOR_BROADCAST(&number), winner[v]);
        }
        number += 1.0f;
    }
    UNROLL for (int v = 0; v < vectors; v++) {
        gradient[v] = NAME(load_channels)(dy + v * LANES, count);
        if (row->relu) {
            const MASK stopped = VECTOR_EQUAL(VECTOR_RELU(best[v]), VECTOR_ZERO());
            gradient[v] = VECTOR_SELECT(stopped, VECTOR_ZERO(), gradient[v]);
        }
    }
    number = 0.0f;
    EACH_PIXEL(row, planes, rows, columns, place) {
        /* Sums begin at +0: adding +0 where the pixel has not won changes none, and a gradient of -0 leaves +0. */
        UNROLL for (int v = 0; v < vectors; v++) {
            float *target = dx + place + v * LANES;
            const VECTOR before = row->overlapping ? NAME(load_channels)(target, count) : VECTOR_ZERO();
            const MASK wins = VECTOR_EQUAL(winner[v], VECTOR_BROADCAST(&number));
            NAME(store_channels)(target, VECTOR_ADD(before, VECTOR_SELECT(wins, gradient[v], VECTOR_ZERO())), count);
        }
        number += 1.0f;
    }
}

static ALWAYS_INLINE void NAME(average_pool)(const nativecnn_pooling_row *row, ptrdiff_t pixel, ptrdiff_t from,
                                             const int vectors, const int count, const ptrdiff_t planes,
                                             const ptrdiff_t rows, const ptrdiff_t columns) {
    const float *x = row->x + pixel * row->window_step + from;
    float *y = row->y + pixel * row->output_column + from;
    const float pixels = row->sum ? 1.0f : (float)(planes * rows * columns);
    VECTOR total[POOLING_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) { total[v] = VECTOR_ZERO(); }
    EACH_PIXEL(row, planes, rows, columns, place) {
        UNROLL for (int v = 0; v < vectors; v++) {
            total[v] = VECTOR_ADD(total[v], NAME(load_channels)(x + place + v * LANES, count));
        }
    }
    UNROLL for (int v = 0; v < vectors; v++) {
        NAME(store_channels)(y + v * LANES, VECTOR_DIVIDE(total[v], VECTOR_BROADCAST(&pixels)), count);
    }
}

static ALWAYS_INLINE void NAME(average_pool_gradient)(const nativecnn_pooling_row *row, ptrdiff_t pixel, ptrdiff_t from,
                                                      const int vectors, const int count, const ptrdiff_t planes,
                                                      const ptrdiff_t rows, const ptrdiff_t columns) {
    const float *dy = row->dy + pixel * row->output_column + from;
    float *dx = row->dx + pixel * row->window_step + from;
    const float pixels = (float)(planes * rows * columns);
    VECTOR gradient[POOLING_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) {
        gradient[v] = VECTOR_DIVIDE(NAME(load_channels)(dy + v * LANES, count), VECTOR_BROADCAST(&pixels));
    }
    EACH_PIXEL(row, planes, rows, columns, place) {
        UNROLL for (int v = 0; v < vectors; v++) {
            float *target = dx + place + v * LANES;
            const VECTOR before = row->overlapping ? NAME(load_channels)(target, count) : VECTOR_ZERO();
            NAME(store_channels)(target, VECTOR_ADD(before, gradient[v]), count);
        }
    }
}

POOLING_KERNEL(max_pool_row, max_pool)
POOLING_KERNEL(max_pool_gradient_row, max_pool_gradient)
POOLING_KERNEL(average_pool_row, average_pool)
POOLING_KERNEL(average_pool_gradient_row, average_pool_gradient)
