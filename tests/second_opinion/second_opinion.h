// The arithmetic contract written a second time, from docs/arithmetic.md alone: one output at a time, in the order in
// which the text writes it, with fmaf of the C library. It shares no code with the package, is neither fast nor clever,
// and is meant to be read beside the text, whose sections the comments name. Arrays are float32, dense, channels last.

#ifndef SECOND_OPINION_H
#define SECOND_OPINION_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#if FLT_EVAL_METHOD != 0
#error "float operations must round to float: no x87 arithmetic"
#endif

// ---- Sizes of windows (windows.c) -----------------------------------------------------------------------------------

// A window that slides over images: of a convolution (channels, filters, groups) or of pooling (channels alone).
struct window {
    int64_t samples, rows, columns, channels;
    int64_t window_rows, window_columns;
    int64_t stride_rows, stride_columns;
    int64_t padding_rows, padding_columns; // above the image, and to its left
    int64_t dilation_rows, dilation_columns;
    int64_t output_rows, output_columns;
    int64_t filters, groups;
};

// Element (n, h, w, c) of images of this many rows, columns and channels; +0 outside the image.
static inline float pixel(const float *images, int64_t rows, int64_t columns, int64_t channels, int64_t n, int64_t h,
                          int64_t w, int64_t c) {
    if (h < 0 || h >= rows || w < 0 || w >= columns)
        return 0.0f;
    return images[((n * rows + h) * columns + w) * channels + c];
}

// ---- Sums over a batch (sums.c) -------------------------------------------------------------------------------------

// The sum over a batch of a[p] · b[p], or of a[p] where b is NULL; p numbers the pixels of all samples.
float sum_over_batch(const float *a, const float *b, int64_t samples, int64_t rows, int64_t columns);

// ---- Correctly rounded functions (elementary.c) ---------------------------------------------------------------------

float correct_exp(float x);
float correct_log(float x);
float correct_tanh(float x);
float correct_sigmoid(float x);

// ---- Shared by activations and losses -------------------------------------------------------------------------------

// Whether v takes the place of the maximum m found so far (section Pooling).
static inline int replaces_maximum(float v, float m) { return v > m || (isnan(v) && !isnan(m)); }

static inline float relu(float x) { return x <= 0.0f ? 0.0f : x; }

// e[j] = exp(x[j] − m) for one row of count values; returns T and stores m.
float softmax_terms(const float *x, int64_t count, float *e, float *maximum);

#endif
