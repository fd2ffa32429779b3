// docs/arithmetic-convolution.md, "3-D convolution".
// x (samples, planes, rows, columns, channels), kernel (Q, R, S, channels / groups, filters),
// y and dy (samples, output planes, output rows, output columns, filters).

#include "second_opinion.h"

struct volumes {
    int64_t samples, channels, filters, groups;
    int64_t size[3], taps[3], stride[3], padding[3], dilation[3], output[3];
};

// The element of an array (samples, size, channels) at a place, +0 outside of it.
static float element(const float *a, const int64_t *size, int64_t channels, int64_t n, const int64_t *place,
                     int64_t c) {
    int64_t index = n;
    for (int axis = 0; axis < 3; axis++) {
        if (place[axis] < 0 || place[axis] >= size[axis])
            return 0.0f;
        index = index * size[axis] + place[axis];
    }
    return a[index * channels + c];
}

static float weight(const struct volumes *v, const float *kernel, const int64_t *tap, int64_t i, int64_t filter) {
    int64_t index = (tap[0] * v->taps[1] + tap[1]) * v->taps[2] + tap[2];
    return kernel[(index * (v->channels / v->groups) + i) * v->filters + filter];
}

static void split(int64_t number, const int64_t *size, int64_t *place) {
    place[2] = number % size[2];
    place[1] = number / size[2] % size[1];
    place[0] = number / size[2] / size[1];
}

static int64_t count(const int64_t *size) { return size[0] * size[1] * size[2]; }

// The place of the volume that an output pixel's window has under a tap.
static void seen(const struct volumes *v, const int64_t *pixel, const int64_t *tap, int64_t *place) {
    for (int axis = 0; axis < 3; axis++)
        place[axis] = pixel[axis] * v->stride[axis] - v->padding[axis] + tap[axis] * v->dilation[axis];
}

void conv3d(const struct volumes *v, const float *x, const float *kernel, const float *bias, float *y) {
    int64_t group_channels = v->channels / v->groups, group_filters = v->filters / v->groups;
    int64_t pixel[3], tap[3], place[3];
    for (int64_t n = 0; n < v->samples; n++)
        for (int64_t p = 0; p < count(v->output); p++)
            for (int64_t filter = 0; filter < v->filters; filter++) {
                float t = 0.0f;
                split(p, v->output, pixel);
                for (int64_t k = 0; k < count(v->taps); k++)
                    for (int64_t i = 0; i < group_channels; i++) {
                        split(k, v->taps, tap);
                        seen(v, pixel, tap, place);
                        t = fmaf(
                            element(x, v->size, v->channels, n, place, filter / group_filters * group_channels + i),
                            weight(v, kernel, tap, i, filter), t);
                    }
                *y++ = bias ? t + bias[filter] : t;
            }
}

// Descending taps are ascending pixels (d', h', w') of the output.
void conv3d_input_gradient(const struct volumes *v, const float *dy, const float *kernel, float *dx) {
    int64_t group_channels = v->channels / v->groups, group_filters = v->filters / v->groups;
    int64_t pixel[3], tap[3], place[3];
    for (int64_t n = 0; n < v->samples; n++)
        for (int64_t p = 0; p < count(v->size); p++)
            for (int64_t channel = 0; channel < v->channels; channel++) {
                float t = 0.0f;
                split(p, v->size, pixel);
                for (int64_t k = count(v->taps) - 1; k >= 0; k--) {
                    int reaches = 1;
                    split(k, v->taps, tap);
                    for (int axis = 0; axis < 3; axis++) {
                        place[axis] = pixel[axis] + v->padding[axis] - tap[axis] * v->dilation[axis];
                        reaches = reaches && place[axis] % v->stride[axis] == 0;
                        place[axis] /= v->stride[axis];
                    }
                    for (int64_t o = 0; reaches && o < group_filters; o++) {
                        int64_t filter = channel / group_channels * group_filters + o;
                        t = fmaf(element(dy, v->output, v->filters, n, place, filter),
                                 weight(v, kernel, tap, channel % group_channels, filter), t);
                    }
                }
                *dx++ = t;
            }
}

// Runs as those of an image of all planes' rows.
void conv3d_kernel_gradient(const struct volumes *v, const float *x, const float *dy, float *dkernel, float *dbias) {
    int64_t group_channels = v->channels / v->groups, group_filters = v->filters / v->groups;
    int64_t pixels = count(v->output), rows = v->output[0] * v->output[1], pixel[3], tap[3], place[3];
    float *a = malloc((size_t)(v->samples * pixels + 1) * sizeof *a),
          *b = malloc((size_t)(v->samples * pixels + 1) * sizeof *b);
    for (int64_t k = 0; k < count(v->taps); k++)
        for (int64_t i = 0; i < group_channels; i++)
            for (int64_t filter = 0; filter < v->filters; filter++) {
                for (int64_t p = 0; p < v->samples * pixels; p++) {
                    split(k, v->taps, tap);
                    split(p % pixels, v->output, pixel);
                    seen(v, pixel, tap, place);
                    int64_t channel = filter / group_filters * group_channels + i;
                    a[p] = element(x, v->size, v->channels, p / pixels, place, channel);
                    b[p] = dy[p * v->filters + filter];
                }
                *dkernel++ = sum_over_batch(a, b, v->samples, rows, v->output[2]);
                if (k == 0 && i == 0)
                    dbias[filter] = sum_over_batch(b, NULL, v->samples, rows, v->output[2]);
            }
    free(a);
    free(b);
}
