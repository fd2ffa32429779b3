// docs/arithmetic.md, "Pooling". x and dx (samples, rows, columns, channels),
// y and dy (samples, output rows, output columns, channels).

#include "second_opinion.h"

// A window's pixels inside the image: rows top to bottom − 1, columns left to right − 1.
struct inside {
    int64_t top, bottom, left, right;
};

static struct inside inside_image(const struct window *c, int64_t h, int64_t w) {
    struct inside i;
    i.top = h * c->stride_rows - c->padding_rows;
    i.left = w * c->stride_columns - c->padding_columns;
    i.bottom = i.top + c->window_rows < c->rows ? i.top + c->window_rows : c->rows;
    i.right = i.left + c->window_columns < c->columns ? i.left + c->window_columns : c->columns;
    i.top = i.top > 0 ? i.top : 0;
    i.left = i.left > 0 ? i.left : 0;
    return i;
}

static int64_t place(const struct window *c, int64_t n, int64_t h, int64_t w, int64_t channel) {
    return ((n * c->rows + h) * c->columns + w) * c->channels + channel;
}

// Where in x the window's maximum stands: the first in row-major order, a NaN above all numbers.
static int64_t place_of_maximum(const struct window *c, const float *x, int64_t n, int64_t h, int64_t w,
                                int64_t channel) {
    struct inside i = inside_image(c, h, w);
    int64_t best = place(c, n, i.top, i.left, channel);
    for (int64_t row = i.top; row < i.bottom; row++)
        for (int64_t column = i.left; column < i.right; column++) {
            int64_t here = place(c, n, row, column, channel);
            if (replaces_maximum(x[here], x[best]))
                best = here;
        }
    return best;
}

void max_pool2d(const struct window *c, const float *x, float *y) {
    for (int64_t n = 0; n < c->samples; n++)
        for (int64_t h = 0; h < c->output_rows; h++)
            for (int64_t w = 0; w < c->output_columns; w++)
                for (int64_t channel = 0; channel < c->channels; channel++)
                    *y++ = x[place_of_maximum(c, x, n, h, w, channel)];
}

static void set_to_zero(const struct window *c, float *dx) {
    for (int64_t i = 0; i < c->samples * c->rows * c->columns * c->channels; i++)
        dx[i] = 0.0f;
}

void max_pool2d_gradient(const struct window *c, const float *dy, const float *x, float *dx) {
    set_to_zero(c, dx);
    for (int64_t n = 0; n < c->samples; n++)
        for (int64_t h = 0; h < c->output_rows; h++)
            for (int64_t w = 0; w < c->output_columns; w++)
                for (int64_t channel = 0; channel < c->channels; channel++) {
                    int64_t best = place_of_maximum(c, x, n, h, w, channel);
                    dx[best] = dx[best] + *dy++;
                }
}

void average_pool2d(const struct window *c, const float *x, float *y) {
    for (int64_t n = 0; n < c->samples; n++)
        for (int64_t h = 0; h < c->output_rows; h++)
            for (int64_t w = 0; w < c->output_columns; w++)
                for (int64_t channel = 0; channel < c->channels; channel++) {
                    struct inside i = inside_image(c, h, w);
                    float t = 0.0f;
                    for (int64_t row = i.top; row < i.bottom; row++)
                        for (int64_t column = i.left; column < i.right; column++)
                            t = t + x[place(c, n, row, column, channel)];
                    *y++ = t / (float)((i.bottom - i.top) * (i.right - i.left));
                }
}

void average_pool2d_gradient(const struct window *c, const float *dy, float *dx) {
    set_to_zero(c, dx);
    for (int64_t n = 0; n < c->samples; n++)
        for (int64_t h = 0; h < c->output_rows; h++)
            for (int64_t w = 0; w < c->output_columns; w++)
                for (int64_t channel = 0; channel < c->channels; channel++) {
                    struct inside i = inside_image(c, h, w);
                    float share = *dy++ / (float)((i.bottom - i.top) * (i.right - i.left));
                    for (int64_t row = i.top; row < i.bottom; row++)
                        for (int64_t column = i.left; column < i.right; column++) {
                            int64_t here = place(c, n, row, column, channel);
                            dx[here] = dx[here] + share;
                        }
                }
}
