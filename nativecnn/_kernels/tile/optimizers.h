/* Optimizer steps, in place. All have one form: slots are the arrays that an optimizer remembers, settings its numbers,
 * in the order in which the functions of optimizers.pyx take them. Settings are rounded here, where the floating-point
 * state is the contract's. */

static void NAME(sgd)(ptrdiff_t count, float *weights, const float *gradient, float *const *slots,
                      const double *settings) {
    const float rate = (float)settings[0], mu = (float)settings[1];
    const int nesterov = settings[2] != 0;
    float *velocity = slots[0];
    if (velocity == NULL) {
        INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { weights[i] = SCALAR_FMA(-rate, gradient[i], weights[i]); }
        return;
    }
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float step = -(rate * gradient[i]);
        const float speed = SCALAR_FMA(mu, velocity[i], step);
        velocity[i] = speed;
        weights[i] = weights[i] + (nesterov ? SCALAR_FMA(mu, speed, step) : speed);
    }
}

static void NAME(adam)(ptrdiff_t count, float *weights, const float *gradient, float *const *slots,
                       const double *settings) {
    const float alpha = (float)settings[0], b1 = (float)settings[1], b2 = (float)settings[2];
    const float small = (float)settings[3];
    float *mean = slots[0], *variance = slots[1], *largest = slots[2];
    if (largest == NULL) {
        INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
            const float g = gradient[i];
            const float m = SCALAR_FMA(b1, mean[i], (1.0f - b1) * g);
            const float v = SCALAR_FMA(b2, variance[i], ((1.0f - b2) * g) * g);
            mean[i] = m;
            variance[i] = v;
            weights[i] = weights[i] - (alpha * m) / (sqrtf(v) + small);
        }
        return;
    }
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float g = gradient[i];
        const float m = SCALAR_FMA(b1, mean[i], (1.0f - b1) * g);
        const float v = SCALAR_FMA(b2, variance[i], ((1.0f - b2) * g) * g);
        const float before = largest[i];
        const float most = before >= v || before != before ? before : v;
        mean[i] = m;
        variance[i] = v;
        largest[i] = most;
        weights[i] = weights[i] - (alpha * m) / (sqrtf(most) + small);
    }
}

static void NAME(nadam)(ptrdiff_t count, float *weights, const float *gradient, float *const *slots,
                        const double *settings) {
    const float mean_step = (float)settings[0], step = (float)settings[1], b1 = (float)settings[2];
    const float b2 = (float)settings[3], small = (float)settings[4];
    float *mean = slots[0], *variance = slots[1];
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float g = gradient[i];
        const float m = SCALAR_FMA(b1, mean[i], (1.0f - b1) * g);
        const float v = SCALAR_FMA(b2, variance[i], ((1.0f - b2) * g) * g);
        mean[i] = m;
        variance[i] = v;
        weights[i] = weights[i] - SCALAR_FMA(mean_step, m, step * g) / (sqrtf(v) + small);
    }
}

static void NAME(adamax)(ptrdiff_t count, float *weights, const float *gradient, float *const *slots,
                         const double *settings) {
    const float alpha = (float)settings[0], b1 = (float)settings[1], b2 = (float)settings[2];
    const float small = (float)settings[3];
    float *mean = slots[0], *norm = slots[1];
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float g = gradient[i];
        const float m = SCALAR_FMA(b1, mean[i], (1.0f - b1) * g);
        const float faded = b2 * norm[i], size = fabsf(g);
        const float u = faded >= size || faded != faded ? faded : size;
        mean[i] = m;
        norm[i] = u;
        weights[i] = weights[i] - (alpha * m) / (u + small);
    }
}

static void NAME(adagrad)(ptrdiff_t count, float *weights, const float *gradient, float *const *slots,
                          const double *settings) {
    const float rate = (float)settings[0], small = (float)settings[1];
    float *accumulator = slots[0];
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float g = gradient[i];
        const float a = SCALAR_FMA(g, g, accumulator[i]);
        accumulator[i] = a;
        weights[i] = weights[i] - (rate * g) / sqrtf(a + small);
    }
}

static void NAME(adadelta)(ptrdiff_t count, float *weights, const float *gradient, float *const *slots,
                           const double *settings) {
    const float rate = (float)settings[0], decay = (float)settings[1], small = (float)settings[2];
    float *squares = slots[0], *moves = slots[1];
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float g = gradient[i];
        const float a = SCALAR_FMA(decay, squares[i], ((1.0f - decay) * g) * g);
        const float d = (sqrtf(moves[i] + small) * g) / sqrtf(a + small);
        squares[i] = a;
        moves[i] = SCALAR_FMA(decay, moves[i], ((1.0f - decay) * d) * d);
        weights[i] = SCALAR_FMA(-rate, d, weights[i]);
    }
}

/* `average` and `velocity` may be NULL. */
static ALWAYS_INLINE void NAME(rmsprop_elements)(ptrdiff_t count, float *weights, const float *gradient, float *squares,
                                                 float *average, float *velocity, const double *settings,
                                                 const int centered, const int moving) {
    const float rate = (float)settings[0], decay = (float)settings[1], mu = (float)settings[2];
    const float small = (float)settings[3];
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float g = gradient[i];
        const float v = SCALAR_FMA(decay, squares[i], ((1.0f - decay) * g) * g);
        float spread = v;
        squares[i] = v;
        if (centered) {
            const float a = SCALAR_FMA(decay, average[i], (1.0f - decay) * g);
            const float difference = SCALAR_FMA(-a, a, v);
            average[i] = a;
            spread = difference < 0.0f ? 0.0f : difference;
        }
        float step = (rate * g) / sqrtf(spread + small);
        if (moving) {
            step = SCALAR_FMA(mu, velocity[i], step);
            velocity[i] = step;
        }
        weights[i] = weights[i] - step;
    }
}

static void NAME(rmsprop)(ptrdiff_t count, float *weights, const float *gradient, float *const *slots,
                          const double *settings) {
    float *squares = slots[0], *average = slots[1], *velocity = slots[2];
    if (average == NULL && velocity == NULL) {
        NAME(rmsprop_elements)(count, weights, gradient, squares, NULL, NULL, settings, 0, 0);
    } else if (average == NULL) {
        NAME(rmsprop_elements)(count, weights, gradient, squares, NULL, velocity, settings, 0, 1);
    } else if (velocity == NULL) {
        NAME(rmsprop_elements)(count, weights, gradient, squares, average, NULL, settings, 1, 0);
    } else {
        NAME(rmsprop_elements)(count, weights, gradient, squares, average, velocity, settings, 1, 1);
    }
}

/* What comes before a step: the gradient as it is stepped with, `adjusted`, which may be `gradient` itself, and the
 * decay of the weights. The settings: l1, l2, scale, bound, decay. */
static void NAME(adjust)(ptrdiff_t count, float *weights, const float *gradient, float *adjusted,
                         const double *settings) {
    const float l1 = (float)settings[0], l2 = (float)(2.0 * settings[1]), scale = (float)settings[2];
    const float bound = (float)settings[3], decay = (float)settings[4];
    if (l2 != 0.0f) {
        INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { adjusted[i] = SCALAR_FMA(l2, weights[i], gradient[i]); }
        gradient = adjusted;
    }
    if (l1 != 0.0f) {
        INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
            const float w = weights[i];
            adjusted[i] = gradient[i] + (w > 0.0f ? l1 : (w < 0.0f ? -l1 : 0.0f));
        }
        gradient = adjusted;
    }
    if (scale != 1.0f) {
        INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { adjusted[i] = gradient[i] * scale; }
        gradient = adjusted;
    }
    if (bound < INFINITY) {
        INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
            const float g = gradient[i];
            const float low = g < -bound ? -bound : g;
            adjusted[i] = low > bound ? bound : low;
        }
        gradient = adjusted;
    }
    if (gradient != adjusted) {
        memcpy(adjusted, gradient, (size_t)count * sizeof(float));
    }
    if (decay != 0.0f) {
        INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { weights[i] = SCALAR_FMA(-decay, weights[i], weights[i]); }
    }
}

/* Sums over the runs of 256 elements, one after the other, into `sums`: of the squares, or of the magnitudes. Eight
 * runs go side by side, each in its order. */
#define RUN_ELEMENTS 256
#define SUMS_OF(name, TERM)                                                                                            \
    static void NAME(name)(ptrdiff_t count, const float *values, double *sums) {                                       \
        while (count >= 8 * RUN_ELEMENTS) {                                                                            \
            double totals[8] = {0.0};                                                                                  \
            for (ptrdiff_t i = 0; i < RUN_ELEMENTS; i++) {                                                             \
                UNROLL for (int run = 0; run < 8; run++) {                                                             \
                    const double value = values[run * RUN_ELEMENTS + i];                                               \
                    totals[run] += TERM;                                                                               \
                }                                                                                                      \
            }                                                                                                          \
            memcpy(sums, totals, sizeof totals);                                                                       \
            values += 8 * RUN_ELEMENTS, sums += 8, count -= 8 * RUN_ELEMENTS;                                          \
        }                                                                                                              \
        for (; count > 0; values += RUN_ELEMENTS, count -= RUN_ELEMENTS) {                                             \
            double total = 0.0;                                                                                        \
            for (ptrdiff_t i = 0; i < (count < RUN_ELEMENTS ? count : RUN_ELEMENTS); i++) {                            \
                const double value = values[i];                                                                        \
                total += TERM;                                                                                         \
            }                                                                                                          \
            *sums++ = total;                                                                                           \
        }                                                                                                              \
    }
SUMS_OF(squares, value *value)
SUMS_OF(magnitudes, fabs(value))
#undef SUMS_OF
#undef RUN_ELEMENTS
