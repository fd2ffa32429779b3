// docs/arithmetic.md, "Losses". Predictions x (or p), targets t and the gradient: (samples N, outputs J).
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
