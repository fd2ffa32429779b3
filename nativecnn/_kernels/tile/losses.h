/* Losses of one sample, and the gradient of the batch's loss for it. `scratch` has room for the sample's outputs. */
#include "elementary.h"
#include "rows.h"

/* Adds target · term, unless the target is 0. */
static inline float NAME(add_targeted)(float target, float term, float total) {
    return target == 0.0f ? total : SCALAR_FMA(target, term, total);
}

static float NAME(softmax_crossentropy_row)(ptrdiff_t outputs, ptrdiff_t samples, const float *logits,
                                            const float *targets, float *dx, float *scratch) {
    const float maximum = NAME(row_maximum)(outputs, logits), count = (float)samples;
    const float total = NAME(shifted_exponentials)(outputs, logits, scratch), log_total = nativecnn_log(total);
    float loss = 0.0f;
    for (ptrdiff_t i = 0; i < outputs; i++)
        loss = NAME(add_targeted)(targets[i], log_total - (logits[i] - maximum), loss);
    if (dx != NULL) {
        INDEPENDENT for (ptrdiff_t i = 0; i < outputs; i++) { dx[i] = (scratch[i] / total - targets[i]) / count; }
    }
    return loss;
}

static float NAME(sigmoid_crossentropy_row)(ptrdiff_t outputs, ptrdiff_t samples, const float *logits,
                                            const float *targets, float *dx, float *scratch) {
    INDEPENDENT for (ptrdiff_t i = 0; i < outputs; i++) {
        const float x = logits[i], positive_part = x <= 0.0f ? 0.0f : x;
        scratch[i] = SCALAR_FMA(-x, targets[i], positive_part) + nativecnn_log(1.0f + nativecnn_exp(-fabsf(x)));
    }
    float loss = 0.0f;
    for (ptrdiff_t i = 0; i < outputs; i++)
        loss += scratch[i];
    if (dx != NULL) {
        const float count = (float)(samples * outputs);
        INDEPENDENT for (ptrdiff_t i = 0; i < outputs; i++) {
            dx[i] = (nativecnn_sigmoid(logits[i]) - targets[i]) / count;
        }
    }
    return loss / (float)outputs;
}

/* The interval in which probabilities are kept: float32(1e-7) and float32(1 - 1e-7). */
#define LOWEST 1e-7f
#define HIGHEST (1.0f - 1e-7f)

static inline float NAME(clipped)(float p) { return p < LOWEST ? LOWEST : p > HIGHEST ? HIGHEST : p; }

static float NAME(categorical_crossentropy_row)(ptrdiff_t outputs, ptrdiff_t samples, const float *probabilities,
                                                const float *targets, float *dx, float *scratch) {
    (void)scratch;
    const float count = (float)samples;
    float loss = 0.0f;
    for (ptrdiff_t i = 0; i < outputs; i++) {
        const float p = probabilities[i], kept = NAME(clipped)(p);
        loss = NAME(add_targeted)(targets[i], -nativecnn_log(kept), loss);
        if (dx != NULL)
            dx[i] = (p < LOWEST) | (p > HIGHEST) ? 0.0f : (-targets[i] / kept) / count;
    }
    return loss;
}

static float NAME(binary_crossentropy_row)(ptrdiff_t outputs, ptrdiff_t samples, const float *probabilities,
                                           const float *targets, float *dx, float *scratch) {
    (void)scratch;
    const float count = (float)(samples * outputs);
    float loss = 0.0f;
    for (ptrdiff_t i = 0; i < outputs; i++) {
        const float p = probabilities[i], kept = NAME(clipped)(p), target = targets[i];
        loss += -SCALAR_FMA(1.0f - target, nativecnn_log(1.0f - kept), target * nativecnn_log(kept));
        if (dx != NULL) {
            const float slope = (kept - target) / (kept * (1.0f - kept));
            dx[i] = (p < LOWEST) | (p > HIGHEST) ? 0.0f : slope / count;
        }
    }
    return loss / (float)outputs;
}

static inline float NAME(sum_of_squared_differences)(ptrdiff_t outputs, const float *predictions,
                                                     const float *targets) {
    float total = 0.0f;
    for (ptrdiff_t i = 0; i < outputs; i++) {
        const float difference = predictions[i] - targets[i];
        total = SCALAR_FMA(difference, difference, total);
    }
    return total;
}

static float NAME(mean_squared_error_row)(ptrdiff_t outputs, ptrdiff_t samples, const float *predictions,
                                          const float *targets, float *dx, float *scratch) {
    (void)scratch;
    const float loss = NAME(sum_of_squared_differences)(outputs, predictions, targets) / (float)outputs;
    if (dx != NULL) {
        const float count = (float)(samples * outputs);
        INDEPENDENT for (ptrdiff_t i = 0; i < outputs; i++) { dx[i] = (2.0f * (predictions[i] - targets[i])) / count; }
    }
    return loss;
}

static float NAME(half_squared_error_row)(ptrdiff_t outputs, ptrdiff_t samples, const float *predictions,
                                          const float *targets, float *dx, float *scratch) {
    (void)samples, (void)scratch;
    const float loss = 0.5f * NAME(sum_of_squared_differences)(outputs, predictions, targets);
    if (dx != NULL) {
        INDEPENDENT for (ptrdiff_t i = 0; i < outputs; i++) { dx[i] = predictions[i] - targets[i]; }
    }
    return loss;
}
