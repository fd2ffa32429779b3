// docs/arithmetic-training.md, "Functions in float64", "Learning-rate schedules" and "Initial weights".

#include "second_opinion.h"

#define H 0x1.62e42fefa38p-1
#define L 0x1.ef35793c7673p-45
#define PI 0x1.921fb54442d18p+1

static double factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1); }

double stated_exp(double x) {
    if (x < -708)
        return 0;
    if (x > 709)
        return INFINITY;
    double k = nearbyint(x * 0x1.71547652b82fep+0), r = (x - k * H) - k * L, p = 1 / factorial(13);
    for (int n = 12; n >= 2; n--)
        p = p * r + 1 / factorial(n);
    return ldexp(1 + (r + (r * r) * p), (int)k);
}

double stated_log(double x) {
    int k;
    double mu = frexp(x, &k);
    if (mu < 0x1.6a09e667f3bcdp-1) {
        mu = 2 * mu;
        k = k - 1;
    }
    double f = mu - 1, s = f / (mu + 1), z = s * s, h = (0.5 * f) * f, q = 2.0 / 21;
    for (int n = 19; n >= 3; n -= 2)
        q = q * z + 2.0 / n;
    double low = f - (h - (s * (h + z * q) + k * L));
    return k * H + low;
}

double stated_power(double x, double y) {
    double whole = floor(y), v = 1, q = x;
    for (int64_t n = (int64_t)whole; n; n /= 2) {
        if (n % 2)
            v = v * q;
        q = q * q;
    }
    if (y == whole)
        return v;
    return x == 0 ? 0 : v * stated_exp((y - whole) * stated_log(x));
}

double stated_cos(double t) {
    if (t > 0.5)
        return -stated_cos(1 - t);
    int highest = t <= 0.25 ? 18 : 17;
    double z = PI * (t <= 0.25 ? t : 0.5 - t), p = 0;
    for (int n = highest; n >= 0; n -= 2)
        p = p * (z * z) + (n / 2 % 2 ? -1 : 1) / factorial(n);
    return t <= 0.25 ? p : z * p;
}

double exponential_decay(double initial, double steps, double rate, int64_t step) {
    return initial * stated_power(rate, (double)step / steps);
}

double polynomial_decay(double initial, double steps, double end, double power, int64_t cycle, int64_t step) {
    double s = (double)step;
    if (cycle && s > steps)
        steps = steps * ceil(s / steps);
    return (initial - end) * stated_power(1 - (s < steps ? s : steps) / steps, power) + end;
}

static double cosine(double t, double height, double alpha) {
    return (1 - alpha) * ((0.5 * height) * (1 + stated_cos(t))) + alpha;
}

double cosine_decay(double initial, double steps, double alpha, double target, double warmup, int64_t step) {
    double s = (double)step;
    if (s < warmup)
        return (target - initial) * (s / warmup) + initial;
    s = s - warmup;
    return target * cosine((s < steps ? s : steps) / steps, 1, alpha);
}

double cosine_decay_restarts(double initial, double first, double t_mul, double m_mul, double alpha, int64_t step) {
    double r = (double)step, l = first;
    int64_t i = 0;
    while (r >= l) {
        r = r - l;
        l = l * t_mul;
        i = i + 1;
    }
    return initial * cosine(r / l, stated_power(m_mul, (double)i), alpha);
}

// Wichura's A and B, C and D, E and F, from the constant up.
static const double RATIOS[3][2][8] = {
    {{3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
      4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3},
     {1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
      3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3}},
    {{1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
      1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4},
     {1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
      1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9}},
    {{6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
      2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7},
     {1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
      1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15}}};

static double ratio(int which, double x) {
    double values[2];
    for (int part = 0; part < 2; part++) {
        values[part] = RATIOS[which][part][7];
        for (int n = 6; n >= 0; n--)
            values[part] = values[part] * x + RATIOS[which][part][n];
    }
    return values[0] / values[1];
}

static double quantile(double u) {
    double q = u - 0.5;
    if (fabs(q) <= 0.425)
        return q * ratio(0, 0.180625 - q * q);
    double r = sqrt(-stated_log(u < 1 - u ? u : 1 - u));
    double value = r <= 5 ? ratio(1, r - 1.6) : ratio(2, r - 5);
    return q < 0 ? -value : value;
}

void normal(int64_t count, const uint64_t *words, double mean, double deviation, int64_t truncated, float *values) {
    for (int64_t i = 0; i < count; i++) {
        double u = ((double)(words[i] >> 12) + 0.5) * 0x1p-52;
        if (truncated)
            u = 0x1.74bcf82c9d86p-6 + 0x1.e8b4307d3627ap-1 * u;
        values[i] = (float)(mean + deviation * quantile(u));
    }
}

void orthogonal(int64_t rows, int64_t columns, const uint64_t *words, double gain, float *values) {
    int64_t R = rows > columns ? rows : columns, C = rows > columns ? columns : rows;
    double *a = malloc((size_t)(R * C) * sizeof *a);
    for (int64_t i = 0; i < R * C; i++)
        a[i] = quantile(((double)(words[i] >> 12) + 0.5) * 0x1p-52);
    for (int64_t q = 0; q < C; q++) {
        double sum = 0;
        for (int64_t i = 0; i < R; i++)
            sum = sum + a[i * C + q] * a[i * C + q];
        double norm = sqrt(sum);
        for (int64_t i = 0; i < R; i++)
            a[i * C + q] = a[i * C + q] / norm;
        for (int64_t v = q + 1; v < C; v++) {
            double part = 0;
            for (int64_t i = 0; i < R; i++)
                part = part + a[i * C + q] * a[i * C + v];
            for (int64_t i = 0; i < R; i++)
                a[i * C + v] = a[i * C + v] - part * a[i * C + q];
        }
    }
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++)
            values[r * columns + c] = (float)(gain * (rows < columns ? a[c * C + r] : a[r * C + c]));
    free(a);
}
