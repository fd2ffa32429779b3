// docs/arithmetic.md, "Optimizers". Settings are float64 values, rounded to float32 before use; arrays hold count values.

#include "second_opinion.h"

void sgd(int64_t count, float *w, const float *g, double learning_rate) {
    float rate = (float)learning_rate;
    for (int64_t i = 0; i < count; i++)
        w[i] = fmaf(-rate, g[i], w[i]);
}

void sgd_with_momentum(int64_t count, float *w, const float *g, float *v, double learning_rate, double momentum,
                       int64_t nesterov) {
    float rate = (float)learning_rate, mu = (float)momentum;
    for (int64_t i = 0; i < count; i++) {
        float a = -(rate * g[i]);
        v[i] = fmaf(mu, v[i], a);
        w[i] = w[i] + (nesterov ? fmaf(mu, v[i], a) : v[i]);
    }
}

// Steps are counted from 1.
static double adam_step_size(double learning_rate, double beta_1, double beta_2, int64_t step) {
    double power_1 = 1, power_2 = 1;
    for (int64_t t = 0; t < step; t++) {
        power_1 = power_1 * beta_1;
        power_2 = power_2 * beta_2;
    }
    return learning_rate * (sqrt(1 - power_2) / (1 - power_1));
}

void adam(int64_t count, float *w, const float *g, float *m, float *v, double learning_rate, double beta_1,
          double beta_2, double epsilon, int64_t step) {
    float alpha = (float)adam_step_size(learning_rate, beta_1, beta_2, step);
    float b1 = (float)beta_1, b2 = (float)beta_2, e = (float)epsilon;
    for (int64_t i = 0; i < count; i++) {
        m[i] = fmaf(b1, m[i], (1.0f - b1) * g[i]);
        v[i] = fmaf(b2, v[i], ((1.0f - b2) * g[i]) * g[i]);
        w[i] = w[i] - (alpha * m[i]) / (sqrtf(v[i]) + e);
    }
}
