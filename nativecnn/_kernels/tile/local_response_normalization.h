/* Local response normalization of one pixel: vectors lie across channels; neighbours are added one after the other, to
 * all channels at once. */

#include "elementary.h"

/* scales = k + alpha · (squares of the channels up to `radius` away) */
static void NAME(response_scales)(ptrdiff_t channels, const float *x, const nativecnn_response *response,
                                  float *scales) {
    const float alpha = (float)response->alpha, k = (float)response->k;
    memset(scales, 0, (size_t)channels * sizeof(float));
    for (ptrdiff_t offset = -response->radius; offset <= response->radius; offset++) {
        const ptrdiff_t first = offset < 0 ? -offset : 0, last = offset > 0 ? channels - offset : channels;
        const float *neighbours = x + offset;
        INDEPENDENT for (ptrdiff_t c = first; c < last; c++) {
            scales[c] = SCALAR_FMA(neighbours[c], neighbours[c], scales[c]);
        }
    }
    INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) { scales[c] = SCALAR_FMA(alpha, scales[c], k); }
}

/* denominators = scales ^ beta */
static void NAME(response_denominators)(ptrdiff_t channels, const float *scales, float beta, float *denominators) {
    if (beta == 0.75f) {
        INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) {
            const float root = sqrtf(scales[c]);
            denominators[c] = root * sqrtf(root);
        }
    } else if (beta == 0.5f) {
        INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) { denominators[c] = sqrtf(scales[c]); }
    } else if (beta == 1.0f) {
        memcpy(denominators, scales, (size_t)channels * sizeof(float));
    } else {
        INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) {
            denominators[c] = nativecnn_exp(beta * nativecnn_log(scales[c]));
        }
    }
}

static void NAME(normalize_response)(ptrdiff_t channels, const float *x, const nativecnn_response *response,
                                     float *scratch, float *y) {
    float *scales = scratch, *denominators = scratch + channels;
    NAME(response_scales)(channels, x, response, scales);
    NAME(response_denominators)(channels, scales, (float)response->beta, denominators);
    INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) { y[c] = x[c] / denominators[c]; }
}

static void NAME(response_gradient)(ptrdiff_t channels, const float *dy, const float *x,
                                    const nativecnn_response *response, float *scratch, float *dx) {
    const float beta = (float)response->beta, factor = (2.0f * (float)response->alpha) * beta;
    float *shares = scratch, *denominators = scratch + channels, *totals = scratch + 2 * channels;
    NAME(response_scales)(channels, x, response, shares);
    NAME(response_denominators)(channels, shares, beta, denominators);
    INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) { shares[c] = (dy[c] * (x[c] / denominators[c])) / shares[c]; }
    memset(totals, 0, (size_t)channels * sizeof(float));
    for (ptrdiff_t offset = -response->radius; offset <= response->radius; offset++) {
        const ptrdiff_t first = offset < 0 ? -offset : 0, last = offset > 0 ? channels - offset : channels;
        const float *neighbours = shares + offset;
        INDEPENDENT for (ptrdiff_t c = first; c < last; c++) { totals[c] = totals[c] + neighbours[c]; }
    }
    INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) {
        dx[c] = SCALAR_FMA(-(factor * x[c]), totals[c], dy[c] / denominators[c]);
    }
}
