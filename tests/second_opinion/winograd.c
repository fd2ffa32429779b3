// docs/arithmetic.md, "Convolution by Winograd's algorithm": 3 × 3 taps, strides and dilation 1, one group.

#include "second_opinion.h"

enum { LARGEST_SQUARE = 6 };

// ---- "Transforms, m = 4" --------------------------------------------------------------------------------------------

static const float a = 5.0f / 8, b = 3.0f / 2;
static const float p = 25.0f / 64, q = 9.0f / 4, pq = 225.0f / 256, p_plus_q = 169.0f / 64;
static const float c0 = 0x1.234568p+0f;
static const float ca = -0x1.607668p-1f, a1 = -0x1.b89402p-2f, a2 = -0x1.135c82p-2f, a3 = -0x1.5833a2p-3f;
static const float cb = 0x1.e98802p-4f, b1 = 0x1.6f2602p-3f, b2 = 0x1.135c82p-2f, b3 = 0x1.9d0ac2p-2f;

static void input_4(const float *d, float *v) {
    float f = fmaf(-q, d[1], d[3]), e = fmaf(-q, d[2], d[4]), h = fmaf(-p, d[1], d[3]), g = fmaf(-p, d[2], d[4]);
    v[0] = fmaf(pq, d[0], fmaf(-p_plus_q, d[2], d[4]));
    v[1] = fmaf(a, f, e);
    v[2] = fmaf(-a, f, e);
    v[3] = fmaf(b, h, g);
    v[4] = fmaf(-b, h, g);
    v[5] = fmaf(pq, d[1], fmaf(-p_plus_q, d[3], d[5]));
}

static void filter_4(const float *g, float *u) {
    float t = fmaf(p, g[2], g[0]), t_ = fmaf(q, g[2], g[0]);
    u[0] = g[0];
    u[1] = fmaf(a, g[1], t);
    u[2] = fmaf(-a, g[1], t);
    u[3] = fmaf(b, g[1], t_);
    u[4] = fmaf(-b, g[1], t_);
    u[5] = g[2];
}

static void gradient_4(const float *g, float *u) {
    float t = fmaf(p, g[2], g[0]), o = fmaf(p, g[3], g[1]), t_ = fmaf(q, g[2], g[0]), o_ = fmaf(q, g[3], g[1]);
    u[0] = g[0];
    u[1] = fmaf(a, o, t);
    u[2] = fmaf(-a, o, t);
    u[3] = fmaf(b, o_, t_);
    u[4] = fmaf(-b, o_, t_);
    u[5] = g[3];
}

static void output_4(const float *m, float *y) {
    float s1 = m[1] + m[2], d1 = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4];
    y[0] = fmaf(cb, s2, fmaf(ca, s1, c0 * m[0]));
    y[1] = fmaf(b1, d2, a1 * d1);
    y[2] = fmaf(b2, s2, a2 * s1);
    y[3] = fmaf(b3, d2, fmaf(a3, d1, m[5]));
}

static void kernel_4(const float *m, float *y) {
    float s1 = m[1] + m[2], d1 = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4];
    y[0] = fmaf(cb, s2, fmaf(ca, s1, c0 * m[0]));
    y[1] = fmaf(b1, d2, a1 * d1);
    y[2] = fmaf(b2, s2, fmaf(a2, s1, m[5]));
}

// ---- "Transforms, m = 2" --------------------------------------------------------------------------------------------

static void input_2(const float *d, float *v) {
    v[0] = d[0] - d[2];
    v[1] = d[1] + d[2];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
}

static void filter_2(const float *g, float *u) {
    u[0] = g[0];
    u[1] = 0.5f * ((g[0] + g[2]) + g[1]);
    u[2] = 0.5f * ((g[0] + g[2]) - g[1]);
    u[3] = g[2];
}

static void gradient_2(const float *g, float *u) {
    u[0] = g[0];
    u[1] = 0.5f * (g[0] + g[1]);
    u[2] = 0.5f * (g[0] - g[1]);
    u[3] = g[1];
}

static void output_2(const float *m, float *y) {
    y[0] = (m[0] + m[1]) + m[2];
    y[1] = (m[1] - m[2]) + m[3];
}

static void kernel_2(const float *m, float *y) {
    y[0] = (m[0] + m[1]) + m[2];
    y[1] = m[1] - m[2];
    y[2] = (m[1] + m[2]) + m[3];
}

typedef void transform(const float *, float *);

struct algorithm {
    int64_t m;
    transform *input, *filter, *gradient, *output, *kernel;
};

static struct algorithm algorithm_of(int64_t m) {
    struct algorithm two = {2, input_2, filter_2, gradient_2, output_2, kernel_2};
    struct algorithm four = {4, input_4, filter_4, gradient_4, output_4, kernel_4};
    return m == 2 ? two : four;
}

// A two-dimensional transform of (from_size, from_size) to (to_size, to_size): each column, then each row of that.
static void two_dimensional(transform *line, int64_t from_size, const float *from, int64_t to_size, float *to) {
    float middle[LARGEST_SQUARE * LARGEST_SQUARE]; // (to_size, from_size)
    for (int64_t column = 0; column < from_size; column++) {
        float before[LARGEST_SQUARE], after[LARGEST_SQUARE];
        for (int64_t row = 0; row < from_size; row++)
            before[row] = from[row * from_size + column];
        line(before, after);
        for (int64_t row = 0; row < to_size; row++)
            middle[row * from_size + column] = after[row];
    }
    for (int64_t row = 0; row < to_size; row++)
        line(middle + row * from_size, to + row * to_size);
}

static int64_t round_up(int64_t size, int64_t m) { return (size + m - 1) / m; }

// The m of 2 and 4 that takes fewer multiplications, for an output of rows × columns.
static int64_t multiplications(int64_t m, int64_t rows, int64_t columns) {
    return round_up(rows, m) * round_up(columns, m) * (m + 2) * (m + 2);
}

int64_t winograd_m(int64_t rows, int64_t columns) {
    return multiplications(2, rows, columns) <= multiplications(4, rows, columns) ? 2 : 4;
}

// Whether algorithm="auto" takes Winograd's algorithm; bottom and right are the padding below and to the right.
int64_t auto_takes_winograd(const struct window *c, int64_t padding_bottom, int64_t padding_right) {
    int64_t m = winograd_m(c->output_rows, c->output_columns);
    return c->window_rows == 3 && c->window_columns == 3 && c->stride_rows == 1 && c->stride_columns == 1 &&
           c->dilation_rows == 1 && c->dilation_columns == 1 && c->groups == 1 && c->padding_rows <= 2 &&
           c->padding_columns <= 2 && padding_bottom <= 2 && padding_right <= 2 && c->channels >= 8 &&
           c->filters >= 8 &&
           2 * 9 * c->output_rows * c->output_columns >= 3 * multiplications(m, c->output_rows, c->output_columns);
}

// The square (size, size) of pixels from (row, column) on, transformed.
static void transform_square(transform *line, int64_t size, int64_t to_size, const float *images, int64_t rows,
                             int64_t columns, int64_t channels, int64_t n, int64_t row, int64_t column, int64_t channel,
                             float *transformed) {
    float square[LARGEST_SQUARE * LARGEST_SQUARE];
    for (int64_t h = 0; h < size; h++)
        for (int64_t w = 0; w < size; w++)
            square[h * size + w] = pixel(images, rows, columns, channels, n, row + h, column + w, channel);
    two_dimensional(line, size, square, to_size, transformed);
}

// "Output": x (samples, rows, columns, channels), u (channels, filters, square, square) the transformed kernel,
// y (samples, output rows, output columns, filters).
static void winograd(const struct algorithm *algorithm, int64_t samples, int64_t rows, int64_t columns,
                     int64_t channels, int64_t padding_rows, int64_t padding_columns, int64_t output_rows,
                     int64_t output_columns, int64_t filters, const float *x, const float *u, const float *bias,
                     float *y) {
    int64_t m = algorithm->m, side = m + 2, elements = side * side;
    float *v = malloc((size_t)(channels * elements) * sizeof *v);
    for (int64_t n = 0; n < samples; n++)
        for (int64_t th = 0; th < round_up(output_rows, m); th++)
            for (int64_t tw = 0; tw < round_up(output_columns, m); tw++) {
                for (int64_t i = 0; i < channels; i++)
                    transform_square(algorithm->input, side, side, x, rows, columns, channels, n, m * th - padding_rows,
                                     m * tw - padding_columns, i, v + i * elements);
                for (int64_t o = 0; o < filters; o++) {
                    float products[LARGEST_SQUARE * LARGEST_SQUARE], tile[LARGEST_SQUARE * LARGEST_SQUARE];
                    for (int64_t e = 0; e < elements; e++) {
                        float t = 0.0f;
                        for (int64_t i = 0; i < channels; i++)
                            t = fmaf(v[i * elements + e], u[(i * filters + o) * elements + e], t);
                        products[e] = t;
                    }
                    two_dimensional(algorithm->output, side, products, m, tile);
                    for (int64_t h = m * th; h < m * th + m && h < output_rows; h++)
                        for (int64_t w = m * tw; w < m * tw + m && w < output_columns; w++) {
                            float value = tile[(h - m * th) * m + (w - m * tw)];
                            y[((n * output_rows + h) * output_columns + w) * filters + o] =
                                bias ? value + bias[o] : value;
                        }
                }
            }
    free(v);
}

// kernel (3, 3, channels, filters)
static int64_t kernel_place(const struct window *c, int64_t r, int64_t s, int64_t i, int64_t o) {
    return ((r * 3 + s) * c->channels + i) * c->filters + o;
}

void winograd_conv2d(const struct window *c, int64_t m, const float *x, const float *kernel, const float *bias,
                     float *y) {
    struct algorithm algorithm = algorithm_of(m);
    int64_t side = m + 2, elements = side * side;
    float *u = malloc((size_t)(c->channels * c->filters * elements) * sizeof *u);
    for (int64_t i = 0; i < c->channels; i++)
        for (int64_t o = 0; o < c->filters; o++) {
            float taps[9];
            for (int64_t r = 0; r < 3; r++)
                for (int64_t s = 0; s < 3; s++)
                    taps[r * 3 + s] = kernel[kernel_place(c, r, s, i, o)];
            two_dimensional(algorithm.filter, 3, taps, side, u + (i * c->filters + o) * elements);
        }
    winograd(&algorithm, c->samples, c->rows, c->columns, c->channels, c->padding_rows, c->padding_columns,
             c->output_rows, c->output_columns, c->filters, x, u, bias, y);
    free(u);
}

// "Input gradient": dy takes the place of x, with the taps turned and sums over filters.
void winograd_input_gradient(const struct window *c, int64_t m, const float *dy, const float *kernel, float *dx) {
    struct algorithm algorithm = algorithm_of(m);
    int64_t side = m + 2, elements = side * side;
    float *u = malloc((size_t)(c->channels * c->filters * elements) * sizeof *u);
    for (int64_t o = 0; o < c->filters; o++)
        for (int64_t i = 0; i < c->channels; i++) {
            float taps[9];
            for (int64_t r = 0; r < 3; r++)
                for (int64_t s = 0; s < 3; s++)
                    taps[r * 3 + s] = kernel[kernel_place(c, 2 - r, 2 - s, i, o)];
            two_dimensional(algorithm.filter, 3, taps, side, u + (o * c->channels + i) * elements);
        }
    winograd(&algorithm, c->samples, c->output_rows, c->output_columns, c->filters, 2 - c->padding_rows,
             2 - c->padding_columns, c->rows, c->columns, c->channels, dy, u, NULL, dx);
    free(u);
}

// "Kernel gradient": sums over a batch whose pixels are the tiles.
void winograd_kernel_gradient(const struct window *c, int64_t m, const float *x, const float *dy, float *dkernel) {
    struct algorithm algorithm = algorithm_of(m);
    int64_t side = m + 2, elements = side * side;
    int64_t tile_rows = round_up(c->output_rows, m), tile_columns = round_up(c->output_columns, m);
    int64_t tiles = c->samples * tile_rows * tile_columns;
    float *v = malloc((size_t)(tiles * elements + 1) * sizeof *v); // (element, tile): one channel's
    float *w = malloc((size_t)(tiles * elements + 1) * sizeof *w); // and one filter's
    for (int64_t i = 0; i < c->channels; i++)
        for (int64_t o = 0; o < c->filters; o++) {
            int64_t tile = 0;
            for (int64_t n = 0; n < c->samples; n++)
                for (int64_t th = 0; th < tile_rows; th++)
                    for (int64_t tw = 0; tw < tile_columns; tw++, tile++) {
                        float from_x[LARGEST_SQUARE * LARGEST_SQUARE], from_dy[LARGEST_SQUARE * LARGEST_SQUARE];
                        transform_square(algorithm.input, side, side, x, c->rows, c->columns, c->channels, n,
                                         m * th - c->padding_rows, m * tw - c->padding_columns, i, from_x);
                        transform_square(algorithm.gradient, m, side, dy, c->output_rows, c->output_columns, c->filters,
                                         n, m * th, m * tw, o, from_dy);
                        for (int64_t e = 0; e < elements; e++) {
                            v[e * tiles + tile] = from_x[e];
                            w[e * tiles + tile] = from_dy[e];
                        }
                    }
            float sums[LARGEST_SQUARE * LARGEST_SQUARE], taps[9];
            for (int64_t e = 0; e < elements; e++)
                sums[e] = sum_over_batch(v + e * tiles, w + e * tiles, c->samples, tile_rows, tile_columns);
            two_dimensional(algorithm.kernel, side, sums, 3, taps);
            for (int64_t r = 0; r < 3; r++)
                for (int64_t s = 0; s < 3; s++)
                    dkernel[kernel_place(c, r, s, i, o)] = taps[r * 3 + s];
        }
    free(v);
    free(w);
}
