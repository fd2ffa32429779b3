// docs/arithmetic-normalization.md. Numbers from outside (ε, α, …) come as float64 and are rounded to float32 first.

#include "second_opinion.h"

void random_words(const uint64_t key[2], uint64_t step, int64_t count, uint64_t *words);

// ---- Batch normalization ----

// The values of channel c, by pixel.
static void take_channel(const float *x, int64_t pixels, int64_t channels, int64_t c, float *values) {
    for (int64_t p = 0; p < pixels; p++)
        values[p] = x[p * channels + c];
}

void batch_statistics(int64_t samples, int64_t rows, int64_t columns, int64_t channels, const float *x, float *mean,
                      float *variance) {
    int64_t pixels = samples * rows * columns;
    float *values = malloc((size_t)(pixels + 1) * sizeof *values);
    for (int64_t c = 0; c < channels; c++) {
        take_channel(x, pixels, channels, c, values);
        mean[c] = sum_over_batch(values, NULL, samples, rows, columns) / (float)pixels;
        for (int64_t p = 0; p < pixels; p++)
            values[p] = values[p] - mean[c];
        variance[c] = sum_over_batch(values, values, samples, rows, columns) / (float)pixels;
    }
    free(values);
}

void batch_normalization(int64_t pixels, int64_t channels, const float *x, const float *mean, const float *variance,
                         const float *gamma, const float *beta, double epsilon, float *y) {
    for (int64_t i = 0; i < pixels * channels; i++) {
        int64_t c = i % channels;
        float a = (gamma ? gamma[c] : 1.0f) / sqrtf(variance[c] + (float)epsilon);
        float b = fmaf(-mean[c], a, beta ? beta[c] : 0.0f);
        y[i] = fmaf(x[i], a, b);
    }
}

void batch_normalization_backward(int64_t samples, int64_t rows, int64_t columns, int64_t channels, const float *dy,
                                  const float *x, const float *mean, const float *variance, const float *gamma,
                                  double epsilon, float *dx, float *dgamma, float *dbeta) {
    int64_t pixels = samples * rows * columns;
    float *gradients = malloc((size_t)(pixels + 1) * sizeof *gradients);
    float *deviations = malloc((size_t)(pixels + 1) * sizeof *deviations);
    for (int64_t c = 0; c < channels; c++) {
        take_channel(dy, pixels, channels, c, gradients);
        take_channel(x, pixels, channels, c, deviations);
        for (int64_t p = 0; p < pixels; p++)
            deviations[p] = deviations[p] - mean[c];
        float r = 1.0f / sqrtf(variance[c] + (float)epsilon);
        float a = (gamma ? gamma[c] : 1.0f) / sqrtf(variance[c] + (float)epsilon);
        dbeta[c] = sum_over_batch(gradients, NULL, samples, rows, columns);
        dgamma[c] = sum_over_batch(gradients, deviations, samples, rows, columns) * r;
        float s = (dgamma[c] * r) / (float)pixels;
        for (int64_t p = 0; p < pixels; p++)
            dx[p * channels + c] = a * fmaf(-s, deviations[p], gradients[p] - dbeta[c] / (float)pixels);
    }
    free(gradients);
    free(deviations);
}

// ---- Layer normalization ----

// The sum over a row of a[j] · b[j], or of a[j] where b is NULL.
static float sum_of_row(const float *a, const float *b, int64_t count) {
    float lanes[16] = {0.0f};
    for (int64_t j = 0; j < count; j++)
        lanes[j % 16] = b ? fmaf(a[j], b[j], lanes[j % 16]) : lanes[j % 16] + a[j];
    for (int width = 16; width > 1; width /= 2) // neighbours first: what the tree of 16 comes to
        for (int lane = 0; lane < width / 2; lane++)
            lanes[lane] = lanes[2 * lane] + lanes[2 * lane + 1];
    return lanes[0];
}

// Stores h, with mean and r of one row, and returns r.
static float normal_row(const float *x, int64_t count, double epsilon, float *h) {
    float mean = sum_of_row(x, NULL, count) / (float)count;
    for (int64_t j = 0; j < count; j++)
        h[j] = x[j] - mean;
    float variance = sum_of_row(h, h, count) / (float)count;
    float r = 1.0f / sqrtf(variance + (float)epsilon);
    for (int64_t j = 0; j < count; j++)
        h[j] = h[j] * r;
    return r;
}

void layer_normalization(int64_t rows, int64_t count, const float *x, const float *gamma, const float *beta,
                         double epsilon, float *y) {
    for (int64_t n = 0; n < rows; n++, x += count, y += count) {
        normal_row(x, count, epsilon, y);
        for (int64_t j = 0; j < count; j++) {
            if (gamma && beta)
                y[j] = fmaf(y[j], gamma[j], beta[j]);
            else if (gamma)
                y[j] = y[j] * gamma[j];
            else if (beta)
                y[j] = y[j] + beta[j];
        }
    }
}

void layer_normalization_backward(int64_t samples, int64_t rows, int64_t columns, int64_t count, const float *dy,
                                  const float *x, const float *gamma, double epsilon, float *dx, float *dgamma,
                                  float *dbeta) {
    int64_t all = samples * rows * columns;
    float *h = malloc((size_t)(all * count + 1) * sizeof *h), *g = malloc((size_t)(count + 1) * sizeof *g);
    float *one = malloc((size_t)(all + 1) * sizeof *one), *other = malloc((size_t)(all + 1) * sizeof *other);
    for (int64_t n = 0; n < all; n++) {
        float r = normal_row(x + n * count, count, epsilon, h + n * count);
        for (int64_t j = 0; j < count; j++)
            g[j] = gamma ? dy[n * count + j] * gamma[j] : dy[n * count + j];
        float a = sum_of_row(g, NULL, count) / (float)count, b = sum_of_row(g, h + n * count, count) / (float)count;
        for (int64_t j = 0; j < count; j++)
            dx[n * count + j] = r * fmaf(-h[n * count + j], b, g[j] - a);
    }
    for (int64_t j = 0; j < count; j++) {
        take_channel(dy, all, count, j, one);
        take_channel(h, all, count, j, other);
        dbeta[j] = sum_over_batch(one, NULL, samples, rows, columns);
        dgamma[j] = sum_over_batch(one, other, samples, rows, columns);
    }
    free(h);
    free(g);
    free(one);
    free(other);
}

// ---- Local response normalization ----

static float response_scale(const float *x, int64_t channels, int64_t c, int64_t n, float alpha, float k) {
    float total = 0.0f;
    for (int64_t j = c - n / 2; j <= c + n / 2; j++)
        if (j >= 0 && j < channels)
            total = fmaf(x[j], x[j], total);
    return fmaf(alpha, total, k);
}

static float response_divisor(float s, float beta) {
    if (beta == 0.75f)
        return sqrtf(s) * sqrtf(sqrtf(s));
    if (beta == 0.5f)
        return sqrtf(s);
    return beta == 1.0f ? s : correct_exp(beta * correct_log(s));
}

void local_response_normalization(int64_t pixels, int64_t channels, const float *x, int64_t n, double alpha,
                                  double beta, double k, float *y) {
    for (int64_t p = 0; p < pixels; p++, x += channels, y += channels)
        for (int64_t c = 0; c < channels; c++)
            y[c] = x[c] / response_divisor(response_scale(x, channels, c, n, (float)alpha, (float)k), (float)beta);
}

void local_response_normalization_backward(int64_t pixels, int64_t channels, const float *dy, const float *x, int64_t n,
                                           double alpha, double beta, double k, float *dx) {
    float *q = malloc((size_t)(channels + 1) * sizeof *q), *d = malloc((size_t)(channels + 1) * sizeof *d);
    float f = (2.0f * (float)alpha) * (float)beta;
    for (int64_t p = 0; p < pixels; p++, x += channels, dy += channels, dx += channels) {
        for (int64_t c = 0; c < channels; c++) {
            float s = response_scale(x, channels, c, n, (float)alpha, (float)k);
            d[c] = response_divisor(s, (float)beta);
            q[c] = (dy[c] * (x[c] / d[c])) / s;
        }
        for (int64_t c = 0; c < channels; c++) {
            float total = 0.0f;
            for (int64_t j = c - n / 2; j <= c + n / 2; j++)
                if (j >= 0 && j < channels)
                    total = total + q[j];
            dx[c] = fmaf(-(f * x[c]), total, dy[c] / d[c]);
        }
    }
    free(q);
    free(d);
}

// ---- Dropout ----

// Elements (samples, pixels, channels), whose pixels share the parts of a channel of a sample.
void dropout(int64_t samples, int64_t pixels, int64_t channels, const float *x, const uint64_t *key, uint64_t step,
             double rate, float *y) {
    int64_t parts = samples * channels;
    uint64_t *words = malloc((size_t)(parts / 2 + 1) * sizeof *words);
    random_words(key, step, parts / 2 + 1, words);
    float c = (float)(1.0 / (1.0 - rate));
    for (int64_t n = 0; n < samples; n++)
        for (int64_t p = 0; p < pixels; p++)
            for (int64_t channel = 0; channel < channels; channel++) {
                int64_t e = n * channels + channel, i = (n * pixels + p) * channels + channel;
                uint64_t word = words[e / 2], part = e % 2 ? word >> 32 : word & 0xFFFFFFFFu;
                y[i] = (double)part >= ceil(rate * 4294967296.0) ? x[i] * c : 0.0f;
            }
    free(words);
}
