// docs/arithmetic-training.md, "Before a step", "Steps", "Penalties" and "Clipping".

#include "second_opinion.h"

// What comes before a step: g and w change in place.
void before_step(int64_t count, float *w, float *g, double l1, double l2, double scale, double bound, double decay) {
    float a = (float)l1, b = (float)(2.0 * l2), s = (float)scale, c = (float)bound, d = (float)decay;
    for (int64_t i = 0; i < count; i++) {
        if (b != 0.0f)
            g[i] = fmaf(b, w[i], g[i]);
        if (a != 0.0f)
            g[i] = g[i] + (w[i] > 0.0f ? a : w[i] < 0.0f ? -a : 0.0f);
        if (s != 1.0f)
            g[i] = g[i] * s;
        if (c < INFINITY && g[i] > c)
            g[i] = c;
        if (c < INFINITY && g[i] < -c)
            g[i] = -c;
        if (d != 0.0f)
            w[i] = fmaf(-d, w[i], w[i]);
    }
}

static double powered(double base, int64_t exponent) {
    double power = 1;
    for (int64_t t = 0; t < exponent; t++)
        power = power * base;
    return power;
}

static void moments(float *m, float *v, float g, float b1, float b2) {
    *m = fmaf(b1, *m, (1.0f - b1) * g);
    *v = fmaf(b2, *v, ((1.0f - b2) * g) * g);
}

static float no_less(float x, float v) { return x >= v || isnan(x) ? x : v; }

// Steps are counted from 1.
void amsgrad(int64_t count, float *w, const float *g, float *m, float *v, float *x, double learning_rate, double beta_1,
             double beta_2, double epsilon, int64_t step) {
    float e = (float)epsilon;
    float alpha = (float)(learning_rate * (sqrt(1 - powered(beta_2, step)) / (1 - powered(beta_1, step))));
    for (int64_t i = 0; i < count; i++) {
        moments(&m[i], &v[i], g[i], (float)beta_1, (float)beta_2);
        x[i] = no_less(x[i], v[i]);
        w[i] = w[i] - (alpha * m[i]) / (sqrtf(x[i]) + e);
    }
}

void nadam(int64_t count, float *w, const float *g, float *m, float *v, double learning_rate, double beta_1,
           double beta_2, double epsilon, int64_t step) {
    double d = 1, u = 0, product = 1;
    for (int64_t t = 1; t <= step; t++) {
        d = d * 0.96;
        u = beta_1 * (1 - 0.5 * d);
        product = product * u;
    }
    double next = beta_1 * (1 - 0.5 * (d * 0.96)), c = sqrt(1 - powered(beta_2, step));
    float a1 = (float)((learning_rate * c) * (next / (1 - product * next)));
    float a2 = (float)((learning_rate * c) * ((1 - u) / (1 - product)));
    float e = (float)(epsilon * c);
    for (int64_t i = 0; i < count; i++) {
        moments(&m[i], &v[i], g[i], (float)beta_1, (float)beta_2);
        w[i] = w[i] - fmaf(a1, m[i], a2 * g[i]) / (sqrtf(v[i]) + e);
    }
}

void adamax(int64_t count, float *w, const float *g, float *m, float *u, double learning_rate, double beta_1,
            double beta_2, double epsilon, int64_t step) {
    float b1 = (float)beta_1, b2 = (float)beta_2, e = (float)epsilon;
    float alpha = (float)(learning_rate / (1 - powered(beta_1, step)));
    for (int64_t i = 0; i < count; i++) {
        m[i] = fmaf(b1, m[i], (1.0f - b1) * g[i]);
        u[i] = no_less(b2 * u[i], fabsf(g[i]));
        w[i] = w[i] - (alpha * m[i]) / (u[i] + e);
    }
}

void adagrad(int64_t count, float *w, const float *g, float *a, double learning_rate, double epsilon) {
    float rate = (float)learning_rate, e = (float)epsilon;
    for (int64_t i = 0; i < count; i++) {
        a[i] = fmaf(g[i], g[i], a[i]);
        w[i] = w[i] - (rate * g[i]) / sqrtf(a[i] + e);
    }
}

void adadelta(int64_t count, float *w, const float *g, float *a, float *x, double learning_rate, double rho,
              double epsilon) {
    float rate = (float)learning_rate, r = (float)rho, e = (float)epsilon;
    for (int64_t i = 0; i < count; i++) {
        a[i] = fmaf(r, a[i], ((1.0f - r) * g[i]) * g[i]);
        float d = (sqrtf(x[i] + e) * g[i]) / sqrtf(a[i] + e);
        x[i] = fmaf(r, x[i], ((1.0f - r) * d) * d);
        w[i] = fmaf(-rate, d, w[i]);
    }
}

// a is NULL if it is not centered, m without momentum.
void rmsprop(int64_t count, float *w, const float *g, float *v, float *a, float *m, double learning_rate, double rho,
             double momentum, double epsilon) {
    float rate = (float)learning_rate, r = (float)rho, mu = (float)momentum, e = (float)epsilon;
    for (int64_t i = 0; i < count; i++) {
        v[i] = fmaf(r, v[i], ((1.0f - r) * g[i]) * g[i]);
        float q = v[i];
        if (a) {
            a[i] = fmaf(r, a[i], (1.0f - r) * g[i]);
            q = fmaf(-a[i], a[i], v[i]);
            if (q < 0.0f)
                q = 0.0f;
        }
        float s = (rate * g[i]) / sqrtf(q + e);
        if (m)
            s = m[i] = fmaf(mu, m[i], s);
        w[i] = w[i] - s;
    }
}

static double tree(const double *v, int64_t n) {
    if (n == 1)
        return v[0];
    int64_t m = 1;
    while (2 * m < n)
        m *= 2;
    return tree(v, m) + tree(v + m, n - m);
}

// Σ v² or Σ |v|.
static double sum_of(int64_t count, const float *v, int squares) {
    if (count == 0)
        return 0;
    double *runs = calloc((size_t)(count / 256 + 1), sizeof *runs);
    for (int64_t i = 0; i < count; i++)
        runs[i / 256] = runs[i / 256] + (squares ? (double)v[i] * (double)v[i] : fabs((double)v[i]));
    double sum = tree(runs, (count + 255) / 256);
    free(runs);
    return sum;
}

double sum_of_squares(int64_t count, const float *v) { return sum_of(count, v, 1); }

double penalty(int64_t count, const float *v, double l1, double l2) {
    double sum = 0;
    if (l1 != 0)
        sum = sum + l1 * sum_of(count, v, 0);
    if (l2 != 0)
        sum = sum + l2 * sum_of(count, v, 1);
    return sum;
}

// The scale of clipping to norm c, from the sum of the squares.
double scale_to_norm(double c, double squares) {
    double n = sqrt(squares);
    return n > c ? c / n : 1;
}
