/*
 * Losses of one sample (or of one place of it), and the gradient of the batch's loss for it. `samples` is how many there
 * are, `setting` the number that a loss is set by (delta), and `scratch` has room for the sample's outputs.
 */
#include "elementary.h"
#include "rows.h"

/* Adds target · term, unless the target is 0. */
static inline float NAME(add_targeted)(float target, float term, float total) {
    return target == 0.0f ? total : SCALAR_FMA(target, term, total);
}

static float NAME(softmax_crossentropy_row)(ptrdiff_t outputs, ptrdiff_t samples, const float *logits,
                                            const float *targets, float setting, float *dx, float *scratch) {
    (void)setting;
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
                                            const float *targets, float setting, float *dx, float *scratch) {
    (void)setting;
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
                                                const float *targets, float setting, float *dx, float *scratch) {
    (void)setting, (void)scratch;
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
                                           const float *targets, float setting, float *dx, float *scratch) {
    (void)setting, (void)scratch;
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
                                          const float *targets, float setting, float *dx, float *scratch) {
    (void)setting, (void)scratch;
    const float loss = NAME(sum_of_squared_differences)(outputs, predictions, targets) / (float)outputs;
    if (dx != NULL) {
        const float count = (float)(samples * outputs);
        INDEPENDENT for (ptrdiff_t i = 0; i < outputs; i++) { dx[i] = (2.0f * (predictions[i] - targets[i])) / count; }
    }
    return loss;
}

static float NAME(half_squared_error_row)(ptrdiff_t outputs, ptrdiff_t samples, const float *predictions,
                                          const float *targets, float setting, float *dx, float *scratch) {
    (void)samples, (void)setting, (void)scratch;
    const float loss = 0.5f * NAME(sum_of_squared_differences)(outputs, predictions, targets);
    if (dx != NULL) {
        INDEPENDENT for (ptrdiff_t i = 0; i < outputs; i++) { dx[i] = predictions[i] - targets[i]; }
    }
    return loss;
}

/* The mean over the outputs of a term, and its slope divided by the number of outputs of all samples. */
#define MEAN_LOSS(name)                                                                                                \
    static float NAME(name##_row)(ptrdiff_t outputs, ptrdiff_t samples, const float *predictions,                      \
                                  const float *targets, float setting, float *dx, float *scratch) {                    \
        INDEPENDENT for (ptrdiff_t i = 0; i < outputs; i++) {                                                          \
            scratch[i] = NAME(name##_term)(predictions[i], targets[i], setting);                                       \
        }                                                                                                              \
        float loss = 0.0f;                                                                                             \
        for (ptrdiff_t i = 0; i < outputs; i++)                                                                        \
            loss += scratch[i];                                                                                        \
        if (dx != NULL) {                                                                                              \
            const float count = (float)(samples * outputs);                                                            \
            INDEPENDENT for (ptrdiff_t i = 0; i < outputs; i++) {                                                      \
                dx[i] = NAME(name##_slope)(predictions[i], targets[i], setting) / count;                               \
            }                                                                                                          \
        }                                                                                                              \
        return loss / (float)outputs;                                                                                  \
    }

static inline float NAME(mean_absolute_error_term)(float p, float t, float setting) {
    (void)setting;
    return fabsf(p - t);
}

static inline float NAME(mean_absolute_error_slope)(float p, float t, float setting) {
    (void)setting;
    const float difference = p - t;
    return difference > 0.0f ? 1.0f : difference < 0.0f ? -1.0f : difference + 0.0f;
}

static inline float NAME(mean_squared_logarithmic_error_term)(float p, float t, float setting) {
    (void)setting;
    const float shifted = (p < LOWEST ? LOWEST : p) + 1.0f, wanted = (t < LOWEST ? LOWEST : t) + 1.0f;
    const float difference = nativecnn_log(shifted) - nativecnn_log(wanted);
    return difference * difference;
}

static inline float NAME(mean_squared_logarithmic_error_slope)(float p, float t, float setting) {
    (void)setting;
    const float shifted = (p < LOWEST ? LOWEST : p) + 1.0f, wanted = (t < LOWEST ? LOWEST : t) + 1.0f;
    const float slope = 2.0f * (nativecnn_log(shifted) - nativecnn_log(wanted)) / shifted;
    return p < LOWEST ? 0.0f : slope;
}

static inline float NAME(huber_term)(float p, float t, float delta) {
    const float difference = p - t, size = fabsf(difference);
    const float square = (0.5f * difference) * difference, line = delta * (size - 0.5f * delta);
    return size <= delta ? square : line;
}

static inline float NAME(huber_slope)(float p, float t, float delta) {
    const float difference = p - t;
    return difference > delta ? delta : difference < -delta ? -delta : difference;
}

static inline float NAME(log_cosh_term)(float p, float t, float setting) {
    (void)setting;
    const float size = fabsf(p - t);
    return (size + nativecnn_log(1.0f + nativecnn_exp(-2.0f * size))) - 0x1.62e430p-1f;
}

static inline float NAME(log_cosh_slope)(float p, float t, float setting) {
    (void)setting;
    return nativecnn_tanh(p - t);
}

static inline float NAME(poisson_term)(float p, float t, float setting) {
    (void)setting;
    return SCALAR_FMA(-t, nativecnn_log(p + LOWEST), p);
}

static inline float NAME(poisson_slope)(float p, float t, float setting) {
    (void)setting;
    return 1.0f - t / (p + LOWEST);
}

static inline float NAME(hinge_term)(float p, float t, float setting) {
    (void)setting;
    const float margin = SCALAR_FMA(-t, p, 1.0f);
    return margin <= 0.0f ? 0.0f : margin;
}

static inline float NAME(hinge_slope)(float p, float t, float setting) {
    (void)setting;
    return SCALAR_FMA(-t, p, 1.0f) <= 0.0f ? 0.0f : -t;
}

static inline float NAME(squared_hinge_term)(float p, float t, float setting) {
    const float margin = NAME(hinge_term)(p, t, setting);
    return margin * margin;
}

static inline float NAME(squared_hinge_slope)(float p, float t, float setting) {
    (void)setting;
    const float margin = SCALAR_FMA(-t, p, 1.0f);
    return margin <= 0.0f ? 0.0f : (-2.0f * t) * margin;
}

MEAN_LOSS(mean_absolute_error)
MEAN_LOSS(mean_squared_logarithmic_error)
MEAN_LOSS(huber)
MEAN_LOSS(log_cosh)
MEAN_LOSS(poisson)
MEAN_LOSS(hinge)
MEAN_LOSS(squared_hinge)

/* Within [LOWEST, 1]. */
static inline float NAME(clipped_from_below)(float p) { return p < LOWEST ? LOWEST : p > 1.0f ? 1.0f : p; }

static float NAME(kl_divergence_row)(ptrdiff_t outputs, ptrdiff_t samples, const float *probabilities,
                                     const float *targets, float setting, float *dx, float *scratch) {
    (void)setting;
    INDEPENDENT for (ptrdiff_t i = 0; i < outputs; i++) {
        scratch[i] = nativecnn_log(NAME(clipped_from_below)(targets[i]) / NAME(clipped_from_below)(probabilities[i]));
    }
    float loss = 0.0f;
    for (ptrdiff_t i = 0; i < outputs; i++)
        loss = SCALAR_FMA(NAME(clipped_from_below)(targets[i]), scratch[i], loss);
    if (dx != NULL) {
        const float count = (float)samples;
        INDEPENDENT for (ptrdiff_t i = 0; i < outputs; i++) {
            const float p = probabilities[i];
            const float slope = -NAME(clipped_from_below)(targets[i]) / NAME(clipped_from_below)(p);
            dx[i] = (p < LOWEST) | (p > 1.0f) ? 0.0f : slope / count;
        }
    }
    return loss;
}

static float NAME(categorical_hinge_row)(ptrdiff_t outputs, ptrdiff_t samples, const float *predictions,
                                         const float *targets, float setting, float *dx, float *scratch) {
    (void)setting, (void)scratch;
    float largest = (1.0f - targets[0]) * predictions[0], own = 0.0f;
    ptrdiff_t place = 0;
    for (ptrdiff_t i = 1; i < outputs; i++) {
        const float other = (1.0f - targets[i]) * predictions[i];
        if (nativecnn_beats(other, largest))
            largest = other, place = i;
    }
    for (ptrdiff_t i = 0; i < outputs; i++)
        own = SCALAR_FMA(targets[i], predictions[i], own);
    const float margin = (largest - own) + 1.0f, count = (float)samples;
    if (dx != NULL) {
        for (ptrdiff_t i = 0; i < outputs; i++) {
            const float slope = (i == place ? 1.0f - targets[i] : 0.0f) - targets[i];
            dx[i] = margin <= 0.0f ? 0.0f : slope / count;
        }
    }
    return margin <= 0.0f ? 0.0f : margin;
}
