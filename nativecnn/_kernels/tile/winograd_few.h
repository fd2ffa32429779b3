/* Winograd's products for few tiles, which do not pay for transformed weights in memory: each row of a channel's
 * transformed weights is made in registers and used at once, its sums stay in registers too. */

#define FEW NATIVECNN_WINOGRAD_FEW
#define FEW_AHEAD 32 /* channels whose weights are asked for in advance */

/* Row `row` of the transformed weights: totals[number * step + tile * TILE_FILTERS + f] = (first ? +0 : itself)
 * + Σ_channel inputs[channel][number][tile] · U[number][channel][f] of the row's numbers and one vector of filters. */
static ALWAYS_INLINE void NAME(winograd_few_row)(int outputs, const int row, ptrdiff_t channels, const float *inputs,
                                                 const float *weights, ptrdiff_t row_step, ptrdiff_t column_step,
                                                 ptrdiff_t channel_step, int first, float *totals, ptrdiff_t step) {
    const int alpha = outputs + 2;
    VECTOR total[WINOGRAD_WIDEST][FEW];
    UNROLL for (int k = 0; k < alpha; k++) {
        UNROLL for (int tile = 0; tile < FEW; tile++) {
            total[k][tile] = first ? VECTOR_ZERO() : VECTOR_LOAD(totals + k * step + tile * TILE_FILTERS);
        }
    }
    for (ptrdiff_t channel = 0; channel < channels; channel++, weights += channel_step, inputs += alpha * FEW) {
        VECTOR g[3], u[WINOGRAD_WIDEST], taps[3];
        UNROLL for (int j = 0; j < 3; j++) {
            UNROLL for (int i = 0; i < 3; i++) {
                const float *weight = weights + i * row_step + j * column_step;
                if (row == 0)
                    PREFETCH_LATER(weight, FEW_AHEAD * channel_step);
                g[i] = VECTOR_LOAD(weight);
            }
            NAME(winograd_filter)(outputs, 1, g, u);
            taps[j] = u[row];
        }
        NAME(winograd_filter)(outputs, 1, taps, u);
        UNROLL for (int k = 0; k < alpha; k++) {
            UNROLL for (int tile = 0; tile < FEW; tile++) {
                total[k][tile] = VECTOR_FMA(VECTOR_BROADCAST(inputs + k * FEW + tile), u[k], total[k][tile]);
            }
        }
    }
    UNROLL for (int k = 0; k < alpha; k++) {
        UNROLL for (int tile = 0; tile < FEW; tile++) {
            VECTOR_STORE(totals + k * step + tile * TILE_FILTERS, total[k][tile]);
        }
    }
}

/* All rows; inputs: [rows][input_row floats], [channel][number of the row][tile] in each. */
#define WINOGRAD_FEW(outputs)                                                                                          \
    static void NAME(winograd_few_##outputs) NATIVECNN_WINOGRAD_FEW_PARAMETERS {                                       \
        UNROLL for (int row = 0; row < outputs + 2; row++) {                                                           \
            NAME(winograd_few_row)(outputs, row, channels, inputs + row * input_row, weights, row_step, column_step,   \
                                   channel_step, first, totals + row * (outputs + 2) * step, step);                    \
        }                                                                                                              \
    }
WINOGRAD_FEW(4)
WINOGRAD_FEW(2)
