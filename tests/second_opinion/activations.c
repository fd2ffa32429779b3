// docs/arithmetic.md, "Activations". Softmax takes arrays (rows, count) and works along each row.

#include "second_opinion.h"

void relu_array(int64_t count, const float *x, float *y) {
    for (int64_t i = 0; i < count; i++)
        y[i] = relu(x[i]);
}

void relu_gradient(int64_t count, const float *dy, const float *y, float *dx) {
    for (int64_t i = 0; i < count; i++)
        dx[i] = y[i] <= 0.0f ? 0.0f : dy[i];
}

void sigmoid_gradient(int64_t count, const float *dy, const float *y, float *dx) {
    for (int64_t i = 0; i < count; i++)
        dx[i] = dy[i] * (y[i] * (1.0f - y[i]));
}

void tanh_gradient(int64_t count, const float *dy, const float *y, float *dx) {
    for (int64_t i = 0; i < count; i++)
        dx[i] = dy[i] * fmaf(-y[i], y[i], 1.0f);
}

float softmax_terms(const float *x, int64_t count, float *e, float *maximum) {
    float m = x[0];
    for (int64_t j = 1; j < count; j++)
        if (replaces_maximum(x[j], m))
            m = x[j];
    float total = 0.0f;
    for (int64_t j = 0; j < count; j++) {
        e[j] = correct_exp(x[j] - m);
        total = total + e[j];
    }
    *maximum = m;
    return total;
}

void softmax(int64_t rows, int64_t count, const float *x, float *y) {
    for (int64_t n = 0; n < rows; n++, x += count, y += count) {
        float m, total = softmax_terms(x, count, y, &m);
        for (int64_t j = 0; j < count; j++)
            y[j] = y[j] / total;
    }
}

void softmax_gradient(int64_t rows, int64_t count, const float *dy, const float *y, float *dx) {
    for (int64_t n = 0; n < rows; n++, dy += count, y += count, dx += count) {
        float d = 0.0f;
        for (int64_t j = 0; j < count; j++)
            d = fmaf(dy[j], y[j], d);
        for (int64_t j = 0; j < count; j++)
            dx[j] = y[j] * (dy[j] - d);
    }
}
