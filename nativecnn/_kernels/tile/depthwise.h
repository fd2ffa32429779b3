/* Depthwise convolution: vectors lie across channels, each with its own kernel. */

#define DEPTHWISE_VECTORS 4
#define DEPTHWISE_LANES (DEPTHWISE_VECTORS * LANES)

/* output[c] = Σ_tap pixels[tap * pixel_step][c] · weights[tap][c], then + bias[c] unless bias is NULL. */
static void NAME(depthwise_pixel)(ptrdiff_t taps, ptrdiff_t channels, const float *const *pixels, ptrdiff_t pixel_step,
                                  const float *weights, const float *bias, float *output) {
    ptrdiff_t from = 0;
    for (; from + DEPTHWISE_LANES <= channels; from += DEPTHWISE_LANES) {
        VECTOR total[DEPTHWISE_VECTORS];
        UNROLL for (int v = 0; v < DEPTHWISE_VECTORS; v++) { total[v] = VECTOR_ZERO(); }
        for (ptrdiff_t tap = 0; tap < taps; tap++) {
            const float *pixel = pixels[tap * pixel_step] + from, *weight = weights + tap * channels + from;
            UNROLL for (int v = 0; v < DEPTHWISE_VECTORS; v++) {
                total[v] = VECTOR_FMA(VECTOR_LOAD(pixel + v * LANES), VECTOR_LOAD(weight + v * LANES), total[v]);
            }
        }
        UNROLL for (int v = 0; v < DEPTHWISE_VECTORS; v++) {
            if (bias != NULL)
                total[v] = VECTOR_ADD(total[v], VECTOR_LOAD(bias + from + v * LANES));
            VECTOR_STORE(output + from + v * LANES, total[v]);
        }
    }
    for (; from < channels; from++) {
        float total = 0.0f;
        for (ptrdiff_t tap = 0; tap < taps; tap++)
            total = SCALAR_FMA(pixels[tap * pixel_step][from], weights[tap * channels + from], total);
        output[from] = bias != NULL ? total + bias[from] : total;
    }
}

/* totals[c] = (first ? +0 : totals[c]) + Σ_pixel inputs[pixel][offset + c] · gradients[pixel][c], for one tap. */
static void NAME(depthwise_kernel_gradient)(ptrdiff_t pixels, ptrdiff_t channels, const float *const *inputs,
                                            ptrdiff_t offset, const float *gradients, ptrdiff_t gradient_step,
                                            int first, float *totals) {
    ptrdiff_t from = 0;
    for (; from + DEPTHWISE_LANES <= channels; from += DEPTHWISE_LANES) {
        VECTOR total[DEPTHWISE_VECTORS];
        UNROLL for (int v = 0; v < DEPTHWISE_VECTORS; v++) {
            total[v] = first ? VECTOR_ZERO() : VECTOR_LOAD(totals + from + v * LANES);
        }
        for (ptrdiff_t pixel = 0; pixel < pixels; pixel++) {
            const float *input = inputs[pixel] + offset + from, *gradient = gradients + pixel * gradient_step + from;
            UNROLL for (int v = 0; v < DEPTHWISE_VECTORS; v++) {
                total[v] = VECTOR_FMA(VECTOR_LOAD(input + v * LANES), VECTOR_LOAD(gradient + v * LANES), total[v]);
            }
        }
        UNROLL for (int v = 0; v < DEPTHWISE_VECTORS; v++) { VECTOR_STORE(totals + from + v * LANES, total[v]); }
    }
    for (; from < channels; from++) {
        float total = first ? 0.0f : totals[from];
        for (ptrdiff_t pixel = 0; pixel < pixels; pixel++)
            total = SCALAR_FMA(inputs[pixel][offset + from], gradients[pixel * gradient_step + from], total);
        totals[from] = total;
    }
}
