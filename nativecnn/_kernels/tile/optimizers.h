/* Optimizer steps, in place. Their settings are rounded here, where the floating-point state is the contract's. */

static void NAME(sgd)(ptrdiff_t count, float *weights, const float *gradient, float *velocity, double learning_rate,
                      double momentum, int nesterov) {
    const float rate = (float)learning_rate, mu = (float)momentum;
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

static void NAME(adam)(ptrdiff_t count, float *weights, const float *gradient, float *mean, float *variance,
                       double step_size, double beta_1, double beta_2, double epsilon) {
    const float alpha = (float)step_size, b1 = (float)beta_1, b2 = (float)beta_2, small = (float)epsilon;
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float g = gradient[i];
        const float m = SCALAR_FMA(b1, mean[i], (1.0f - b1) * g);
        const float v = SCALAR_FMA(b2, variance[i], ((1.0f - b2) * g) * g);
        mean[i] = m;
        variance[i] = v;
        weights[i] = weights[i] - (alpha * m) / (sqrtf(v) + small);
    }
}
