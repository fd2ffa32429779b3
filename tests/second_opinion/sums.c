// docs/arithmetic.md, "Sums over a batch".

#include "second_opinion.h"

// The terms of one run, in order from +0: products by fma, plain values by +.
static float sum_of_run(const float *a, const float *b, int64_t count) {
    float t = 0.0f;
    for (int64_t i = 0; i < count; i++)
        t = b ? fmaf(a[i], b[i], t) : t + a[i];
    return t;
}

static float tree(const float *v, int64_t n) {
    if (n == 1)
        return v[0];
    int64_t m = 1;
    while (2 * m < n)
        m *= 2;
    return tree(v, m) + tree(v + m, n - m);
}

float sum_over_batch(const float *a, const float *b, int64_t samples, int64_t rows, int64_t columns) {
    if (samples == 0)
        return 0.0f;
    int64_t size = rows * columns; // P
    float *runs = malloc((size_t)(samples * rows) * sizeof *runs);
    int64_t count = 0;
    if (2 * size <= 256) {
        int64_t samples_per_run = 256 / size;
        for (int64_t n = 0; n < samples; n += samples_per_run) {
            int64_t here = samples - n < samples_per_run ? samples - n : samples_per_run;
            runs[count++] = sum_of_run(a + n * size, b ? b + n * size : NULL, here * size);
        }
    } else {
        int64_t parts = (size + 255) / 256;
        if (parts > rows)
            parts = rows;
        int64_t rows_per_run = (rows + parts - 1) / parts;
        for (int64_t n = 0; n < samples; n++)
            for (int64_t h = 0; h < rows; h += rows_per_run) {
                int64_t here = rows - h < rows_per_run ? rows - h : rows_per_run;
                int64_t first = n * size + h * columns;
                runs[count++] = sum_of_run(a + first, b ? b + first : NULL, here * columns);
            }
    }
    float sum = tree(runs, count);
    free(runs);
    return sum;
}
