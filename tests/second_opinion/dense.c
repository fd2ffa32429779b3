// docs/arithmetic.md, "Dense". x (samples, inputs), kernel (inputs, units), y and dy (samples, units).

#include "second_opinion.h"

void dense(int64_t samples, int64_t inputs, int64_t units, const float *x, const float *kernel, const float *bias,
           float *y) {
    for (int64_t n = 0; n < samples; n++)
        for (int64_t u = 0; u < units; u++) {
            float t = 0.0f;
            for (int64_t j = 0; j < inputs; j++)
                t = fmaf(x[n * inputs + j], kernel[j * units + u], t);
            y[n * units + u] = bias ? t + bias[u] : t;
        }
}

void dense_input_gradient(int64_t samples, int64_t inputs, int64_t units, const float *dy, const float *kernel,
                          float *dx) {
    for (int64_t n = 0; n < samples; n++)
        for (int64_t j = 0; j < inputs; j++) {
            float t = 0.0f;
            for (int64_t u = 0; u < units; u++)
                t = fmaf(dy[n * units + u], kernel[j * units + u], t);
            dx[n * inputs + j] = t;
        }
}

// One column of an array (samples, width).
static void take_column(int64_t samples, int64_t width, const float *array, int64_t column, float *taken) {
    for (int64_t n = 0; n < samples; n++)
        taken[n] = array[n * width + column];
}

// A sample is one pixel of a sum over a batch.
void dense_kernel_gradient(int64_t samples, int64_t inputs, int64_t units, const float *x, const float *dy,
                           float *dkernel, float *dbias) {
    float *a = malloc((size_t)(samples + 1) * sizeof *a), *b = malloc((size_t)(samples + 1) * sizeof *b);
    for (int64_t u = 0; u < units; u++) {
        take_column(samples, units, dy, u, b);
        for (int64_t j = 0; j < inputs; j++) {
            take_column(samples, inputs, x, j, a);
            dkernel[j * units + u] = sum_over_batch(a, b, samples, 1, 1);
        }
        dbias[u] = sum_over_batch(b, NULL, samples, 1, 1);
    }
    free(a);
    free(b);
}
