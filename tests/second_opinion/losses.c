// docs/arithmetic.md, "Losses", and docs/arithmetic-losses.md. Predictions x (or p), targets t and the gradient: (samples N, outputs J).
// Each function returns the batch's loss.

#include "second_opinion.h"

// The sum over a batch of the samples' losses, divided by a count.
static float batch_loss(float *losses, int64_t samples, int64_t divisor) {
    float loss = samples ? sum_over_batch(losses, NULL, samples, 1, 1) / (float)divisor : 0.0f;
    free(losses);
    return loss;
}

static float *new_losses(int64_t samples) { return malloc((size_t)(samples + 1) * sizeof(float)); }

float softmax_crossentropy(int64_t samples, int64_t outputs, const float *x, const float *t, float *gradient) {
    float *losses = new_losses(samples);
    for (int64_t n = 0; n < samples; n++, x += outputs, t += outputs, gradient += outputs) {
        float m, total = softmax_terms(x, outputs, gradient, &m), loss = 0.0f;
        for (int64_t j = 0; j < outputs; j++)
            if (t[j] != 0.0f)
                loss = fmaf(t[j], correct_log(total) - (x[j] - m), loss);
        for (int64_t j = 0; j < outputs; j++)
            gradient[j] = (gradient[j] / total - t[j]) / (float)samples;
        losses[n] = loss;
    }
    return batch_loss(losses, samples, samples);
}

float sigmoid_crossentropy(int64_t samples, int64_t outputs, const float *x, const float *t, float *gradient) {
    float *losses = new_losses(samples);
    for (int64_t n = 0; n < samples; n++, x += outputs, t += outputs, gradient += outputs) {
        float loss = 0.0f;
        for (int64_t j = 0; j < outputs; j++) {
            loss = loss + (fmaf(-x[j], t[j], relu(x[j])) + correct_log(1.0f + correct_exp(-fabsf(x[j]))));
            gradient[j] = (correct_sigmoid(x[j]) - t[j]) / (float)(samples * outputs);
        }
        losses[n] = loss / (float)outputs;
    }
    return batch_loss(losses, samples, samples);
}

// p kept within [ε, 1 − ε]; a NaN stays.
static float kept_within(float p, float low, float high) { return p < low ? low : p > high ? high : p; }

static const float epsilon = 1e-7f;

float categorical_crossentropy(int64_t samples, int64_t outputs, const float *p, const float *t, float *gradient) {
    float *losses = new_losses(samples);
    for (int64_t n = 0; n < samples; n++, p += outputs, t += outputs, gradient += outputs) {
        float loss = 0.0f;
        for (int64_t j = 0; j < outputs; j++) {
            float q = kept_within(p[j], epsilon, 1.0f - epsilon);
            int outside = p[j] < epsilon || p[j] > 1.0f - epsilon;
            if (t[j] != 0.0f)
                loss = fmaf(t[j], -correct_log(q), loss);
            gradient[j] = outside ? 0.0f : (-t[j] / q) / (float)samples;
        }
        losses[n] = loss;
    }
    return batch_loss(losses, samples, samples);
}

float binary_crossentropy(int64_t samples, int64_t outputs, const float *p, const float *t, float *gradient) {
    float *losses = new_losses(samples);
    for (int64_t n = 0; n < samples; n++, p += outputs, t += outputs, gradient += outputs) {
        float loss = 0.0f;
        for (int64_t j = 0; j < outputs; j++) {
            float q = kept_within(p[j], epsilon, 1.0f - epsilon);
            int outside = p[j] < epsilon || p[j] > 1.0f - epsilon;
            loss = loss + -fmaf(1.0f - t[j], correct_log(1.0f - q), t[j] * correct_log(q));
            gradient[j] = outside ? 0.0f : ((q - t[j]) / (q * (1.0f - q))) / (float)(samples * outputs);
        }
        losses[n] = loss / (float)outputs;
    }
    return batch_loss(losses, samples, samples);
}

static float sum_of_squares(int64_t outputs, const float *p, const float *t) {
    float sum = 0.0f;
    for (int64_t j = 0; j < outputs; j++)
        sum = fmaf(p[j] - t[j], p[j] - t[j], sum);
    return sum;
}

float mean_squared_error(int64_t samples, int64_t outputs, const float *p, const float *t, float *gradient) {
    float *losses = new_losses(samples);
    for (int64_t n = 0; n < samples; n++, p += outputs, t += outputs, gradient += outputs) {
        losses[n] = sum_of_squares(outputs, p, t) / (float)outputs;
        for (int64_t j = 0; j < outputs; j++)
            gradient[j] = (2.0f * (p[j] - t[j])) / (float)(samples * outputs);
    }
    return batch_loss(losses, samples, samples);
}

float half_squared_error(int64_t samples, int64_t outputs, const float *p, const float *t, float *gradient) {
    float *losses = new_losses(samples);
    for (int64_t n = 0; n < samples; n++, p += outputs, t += outputs, gradient += outputs) {
        losses[n] = 0.5f * sum_of_squares(outputs, p, t);
        for (int64_t j = 0; j < outputs; j++)
            gradient[j] = p[j] - t[j];
    }
    return batch_loss(losses, samples, 1);
}

// docs/arithmetic-losses.md, "Of numbers and margins": each loss has a term and a factor of the gradient.

struct part {
    float term, slope;
};

static struct part absolute_error(float p, float t, float unused) {
    float d = p - t;
    (void)unused;
    return (struct part){fabsf(d), d > 0.0f ? 1.0f : d < 0.0f ? -1.0f : d + 0.0f};
}

static struct part squared_logarithmic_error(float p, float t, float unused) {
    float q = p < epsilon ? epsilon : p, u = t < epsilon ? epsilon : t;
    float e = correct_log(q + 1.0f) - correct_log(u + 1.0f);
    (void)unused;
    return (struct part){e * e, p < epsilon ? 0.0f : (2.0f * e) / (q + 1.0f)};
}

static struct part huber_part(float p, float t, float delta) {
    float d = p - t, term = delta * (fabsf(d) - 0.5f * delta);
    if (fabsf(d) <= delta)
        term = (0.5f * d) * d;
    return (struct part){term, d > delta ? delta : d < -delta ? -delta : d};
}

static struct part log_cosh_part(float p, float t, float unused) {
    float d = p - t, a = fabsf(d);
    (void)unused;
    return (struct part){(a + correct_log(1.0f + correct_exp(-2.0f * a))) - 0x1.62e43p-1f, correct_tanh(d)};
}

static struct part poisson_part(float p, float t, float unused) {
    float shifted = p + epsilon;
    (void)unused;
    return (struct part){fmaf(-t, correct_log(shifted), p), 1.0f - t / shifted};
}

static struct part hinge_part(float p, float t, float squared) {
    float m = fmaf(-t, p, 1.0f), h = relu(m), slope = squared != 0.0f ? (-2.0f * t) * m : -t;
    return (struct part){squared != 0.0f ? h * h : h, m <= 0.0f ? 0.0f : slope};
}

static float mean_loss(struct part (*part_of)(float, float, float), float setting, int64_t samples, int64_t outputs,
                       const float *p, const float *t, float *gradient) {
    float *losses = new_losses(samples);
    for (int64_t n = 0; n < samples; n++) {
        float sum = 0.0f;
        for (int64_t j = n * outputs; j < (n + 1) * outputs; j++) {
            struct part part = part_of(p[j], t[j], setting);
            sum = sum + part.term;
            gradient[j] = part.slope / (float)(samples * outputs);
        }
        losses[n] = sum / (float)outputs;
    }
    return batch_loss(losses, samples, samples);
}

float mean_absolute_error(int64_t samples, int64_t outputs, const float *p, const float *t, float *gradient) {
    return mean_loss(absolute_error, 0.0f, samples, outputs, p, t, gradient);
}

float mean_squared_logarithmic_error(int64_t samples, int64_t outputs, const float *p, const float *t,
                                     float *gradient) {
    return mean_loss(squared_logarithmic_error, 0.0f, samples, outputs, p, t, gradient);
}

float huber(int64_t samples, int64_t outputs, const float *p, const float *t, float *gradient, double delta) {
    return mean_loss(huber_part, (float)delta, samples, outputs, p, t, gradient);
}

float log_cosh(int64_t samples, int64_t outputs, const float *p, const float *t, float *gradient) {
    return mean_loss(log_cosh_part, 0.0f, samples, outputs, p, t, gradient);
}

float poisson(int64_t samples, int64_t outputs, const float *p, const float *t, float *gradient) {
    return mean_loss(poisson_part, 0.0f, samples, outputs, p, t, gradient);
}

float hinge(int64_t samples, int64_t outputs, const float *p, const float *t, float *gradient) {
    return mean_loss(hinge_part, 0.0f, samples, outputs, p, t, gradient);
}

float squared_hinge(int64_t samples, int64_t outputs, const float *p, const float *t, float *gradient) {
    return mean_loss(hinge_part, 1.0f, samples, outputs, p, t, gradient);
}

// "Of classes"

float kl_divergence(int64_t samples, int64_t outputs, const float *p, const float *t, float *gradient) {
    float *losses = new_losses(samples);
    for (int64_t n = 0; n < samples; n++, p += outputs, t += outputs, gradient += outputs) {
        float loss = 0.0f;
        for (int64_t j = 0; j < outputs; j++) {
            float q = kept_within(p[j], epsilon, 1.0f), u = kept_within(t[j], epsilon, 1.0f);
            loss = fmaf(u, correct_log(u / q), loss);
            gradient[j] = p[j] < epsilon || p[j] > 1.0f ? 0.0f : (-u / q) / (float)samples;
        }
        losses[n] = loss;
    }
    return batch_loss(losses, samples, samples);
}

float categorical_hinge(int64_t samples, int64_t outputs, const float *p, const float *t, float *gradient) {
    float *losses = new_losses(samples);
    for (int64_t n = 0; n < samples; n++, p += outputs, t += outputs, gradient += outputs) {
        float own = 0.0f, largest = 0.0f;
        int64_t place = -1;
        for (int64_t j = 0; j < outputs; j++) {
            float other = (1.0f - t[j]) * p[j];
            own = fmaf(t[j], p[j], own);
            if (place < 0 || other > largest || (isnan(other) && !isnan(largest)))
                largest = other, place = j;
        }
        float m = (largest - own) + 1.0f;
        for (int64_t j = 0; j < outputs; j++)
            gradient[j] = m <= 0.0f ? 0.0f : ((j == place ? 1.0f - t[j] : 0.0f) - t[j]) / (float)samples;
        losses[n] = relu(m);
    }
    return batch_loss(losses, samples, samples);
}
