/* Optimizer steps, in place. */

static void NAME(sgd)(ptrdiff_t count, float *weights, const float *gradient, float *velocity, float learning_rate,
                      float momentum, int nesterov) {
    if (velocity == NULL) {
        INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
            weights[i] = SCALAR_FMA(-learning_rate, gradient[i], weights[i]);
        }
        return;
    }
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float step = -(learning_rate * gradient[i]);
        const float speed = SCALAR_FMA(momentum, velocity[i], step);
        velocity[i] = speed;
        weights[i] = weights[i] + (nesterov ? SCALAR_FMA(momentum, speed, step) : speed);
    }
}

static void NAME(adam)(ptrdiff_t count, float *weights, const float *gradient, float *mean, float *variance,
                       float step_size, float beta_1, float beta_2, float epsilon) {
    INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float g = gradient[i];
        const float m = SCALAR_FMA(beta_1, mean[i], (1.0f - beta_1) * g);
        const float v = SCALAR_FMA(beta_2, variance[i], ((1.0f - beta_2) * g) * g);
        mean[i] = m;
        variance[i] = v;
        weights[i] = weights[i] - (step_size * m) / (sqrtf(v) + epsilon);
    }
}
