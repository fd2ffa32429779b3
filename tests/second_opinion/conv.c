// docs/arithmetic.md, "2-D convolution": the direct algorithm.
// x (samples, rows, columns, channels), kernel (window rows, window columns, channels / groups, filters),
// y and dy (samples, output rows, output columns, filters).

#include "second_opinion.h"

static int64_t kernel_place(const struct window *c, int64_t r, int64_t s, int64_t i, int64_t filter) {
    return ((r * c->window_columns + s) * (c->channels / c->groups) + i) * c->filters + filter;
}

static float x_pixel(const struct window *c, const float *x, int64_t n, int64_t h, int64_t w, int64_t channel) {
    return pixel(x, c->rows, c->columns, c->channels, n, h, w, channel);
}

static float dy_pixel(const struct window *c, const float *dy, int64_t n, int64_t h, int64_t w, int64_t filter) {
    return pixel(dy, c->output_rows, c->output_columns, c->filters, n, h, w, filter);
}

// "Output"
void conv2d(const struct window *c, const float *x, const float *kernel, const float *bias, float *y) {
    int64_t group_channels = c->channels / c->groups, group_filters = c->filters / c->groups;
    for (int64_t n = 0; n < c->samples; n++)
        for (int64_t h = 0; h < c->output_rows; h++)
            for (int64_t w = 0; w < c->output_columns; w++)
                for (int64_t filter = 0; filter < c->filters; filter++) {
                    int64_t first_channel = filter / group_filters * group_channels;
                    float t = 0.0f;
                    for (int64_t r = 0; r < c->window_rows; r++)
                        for (int64_t s = 0; s < c->window_columns; s++)
                            for (int64_t i = 0; i < group_channels; i++) {
                                int64_t row = h * c->stride_rows - c->padding_rows + r * c->dilation_rows;
                                int64_t column = w * c->stride_columns - c->padding_columns + s * c->dilation_columns;
                                t = fmaf(x_pixel(c, x, n, row, column, first_channel + i),
                                         kernel[kernel_place(c, r, s, i, filter)], t);
                            }
                    if (bias)
                        t = t + bias[filter];
                    *y++ = t;
                }
}

// "Input gradient". Descending taps are ascending pixels (h', w') of the output.
void conv2d_input_gradient(const struct window *c, const float *dy, const float *kernel, float *dx) {
    int64_t group_channels = c->channels / c->groups, group_filters = c->filters / c->groups;
    for (int64_t n = 0; n < c->samples; n++)
        for (int64_t h = 0; h < c->rows; h++)
            for (int64_t w = 0; w < c->columns; w++)
                for (int64_t channel = 0; channel < c->channels; channel++) {
                    int64_t first_filter = channel / group_channels * group_filters;
                    float t = 0.0f;
                    for (int64_t r = c->window_rows - 1; r >= 0; r--)
                        for (int64_t s = c->window_columns - 1; s >= 0; s--) {
                            int64_t row = h + c->padding_rows - r * c->dilation_rows;
                            int64_t column = w + c->padding_columns - s * c->dilation_columns;
                            if (row % c->stride_rows != 0 || column % c->stride_columns != 0)
                                continue;
                            for (int64_t o = 0; o < group_filters; o++)
                                t = fmaf(dy_pixel(c, dy, n, row / c->stride_rows, column / c->stride_columns,
                                                  first_filter + o),
                                         kernel[kernel_place(c, r, s, channel % group_channels, first_filter + o)], t);
                        }
                    *dx++ = t;
                }
}

// "Kernel gradient"
void conv2d_kernel_gradient(const struct window *c, const float *x, const float *dy, float *dkernel) {
    int64_t group_channels = c->channels / c->groups, group_filters = c->filters / c->groups;
    int64_t pixels = c->samples * c->output_rows * c->output_columns;
    float *a = malloc((size_t)(pixels + 1) * sizeof *a), *b = malloc((size_t)(pixels + 1) * sizeof *b);
    for (int64_t r = 0; r < c->window_rows; r++)
        for (int64_t s = 0; s < c->window_columns; s++)
            for (int64_t i = 0; i < group_channels; i++)
                for (int64_t filter = 0; filter < c->filters; filter++) {
                    int64_t channel = filter / group_filters * group_channels + i, p = 0;
                    for (int64_t n = 0; n < c->samples; n++)
                        for (int64_t h = 0; h < c->output_rows; h++)
                            for (int64_t w = 0; w < c->output_columns; w++, p++) {
                                int64_t row = h * c->stride_rows - c->padding_rows + r * c->dilation_rows;
                                int64_t column = w * c->stride_columns - c->padding_columns + s * c->dilation_columns;
                                a[p] = x_pixel(c, x, n, row, column, channel);
                                b[p] = dy_pixel(c, dy, n, h, w, filter);
                            }
                    dkernel[kernel_place(c, r, s, i, filter)] =
                        sum_over_batch(a, b, c->samples, c->output_rows, c->output_columns);
                }
    free(a);
    free(b);
}

// "Bias gradient"
void conv2d_bias_gradient(const struct window *c, const float *dy, float *dbias) {
    int64_t pixels = c->samples * c->output_rows * c->output_columns;
    float *a = malloc((size_t)(pixels + 1) * sizeof *a);
    for (int64_t filter = 0; filter < c->filters; filter++) {
        for (int64_t p = 0; p < pixels; p++)
            a[p] = dy[p * c->filters + filter];
        dbias[filter] = sum_over_batch(a, NULL, c->samples, c->output_rows, c->output_columns);
    }
    free(a);
}
