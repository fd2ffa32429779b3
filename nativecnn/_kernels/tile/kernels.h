/* The list of tile kernels. It drives their declarations, the table of each instruction set, and dispatch.
 *
 * A tile kernel computes one tile: no allocation, no threads, no errors. Its loops run in the order that
 * docs/arithmetic.md states for each output; vectors lie across outputs, never across a sum. */
#ifndef NATIVECNN_KERNELS_H
#define NATIVECNN_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Of any instruction set. */
#define NATIVECNN_MAX_TILE_PIXELS 14
#define NATIVECNN_MAX_NARROW_PIXELS 28
#define NATIVECNN_DENSE_SAMPLES 256 /* the most of one call in dense.h */
#define NATIVECNN_COLUMNS 8         /* of a block in orthogonal.h */

/* What becomes of a sum before it is stored, in this order. A NULL leaves an operation out. */
typedef struct {
    const float *bias;  /* + bias[filter] */
    const float *scale; /* fma(sum, scale[filter], shift[filter]) */
    const float *shift;
    const float *residual; /* + what stands in it where the sum goes in `result` */
    const float *result;
    int activation;
} nativecnn_epilogue;
enum { NATIVECNN_LINEAR, NATIVECNN_RELU, NATIVECNN_RELU6 };

/* What a tile of the kernel gradient sums, and where it goes. Steps are counted in floats. */
typedef struct {
    ptrdiff_t pixels;
    ptrdiff_t filters;
    const float *const *inputs; /* one pointer a pixel */
    ptrdiff_t offset;           /* from there to the first kernel row's value */
    ptrdiff_t segment_step;     /* to that of the next segment, for tiles of several */
    const float *gradients;
    ptrdiff_t gradient_step;
    int first;         /* else the sums that were begun in `sums` and `bias_sums` go on */
    const float *sums; /* [rows][sum_step] */
    const float *bias_sums;
    ptrdiff_t sum_step;
    ptrdiff_t merges; /* so many sums, merge_step apart before `sums`, are added */
    ptrdiff_t merge_step;
    float *totals; /* [rows][total_step] */
    float *bias_totals;
    ptrdiff_t total_step;
} nativecnn_gradient_tile;

/* Output pixels of a depthwise convolution. Steps of inputs and taps are counted in pointers, others in floats. */
typedef struct {
    ptrdiff_t rows;
    ptrdiff_t columns;
    ptrdiff_t channels;
    const float *const *inputs; /* to the pixel that the first pixel's first tap meets */
    ptrdiff_t offset;           /* of the first channel there */
    ptrdiff_t input_row;        /* from an output pixel's to those of the one below, and of the next */
    ptrdiff_t input_column;
    ptrdiff_t tap_row; /* from a tap's to those of the one below, and of the next */
    ptrdiff_t tap_column;
    const float *weights;
    ptrdiff_t weight_row;
    ptrdiff_t weight_column;
    const nativecnn_epilogue *epilogue;
    ptrdiff_t filter; /* the first channel's, for the epilogue */
    float *outputs;
    ptrdiff_t output_row;
    ptrdiff_t output_column;
} nativecnn_depthwise_tile;

/* The same pixels in the kernel gradient; first, sums, merges and totals as in nativecnn_gradient_tile. */
typedef struct {
    ptrdiff_t rows;
    ptrdiff_t columns;
    ptrdiff_t channels;
    const float *const *inputs;
    ptrdiff_t offset; /* of the first channel */
    ptrdiff_t input_row;
    ptrdiff_t input_column;
    ptrdiff_t tap_row;
    ptrdiff_t tap_column;
    const float *gradients;
    ptrdiff_t gradient_column;
    int first;
    const float *sums;
    const float *bias_sums;
    ptrdiff_t sum_row;
    ptrdiff_t sum_column;
    ptrdiff_t merges;
    ptrdiff_t merge_step;
    float *totals;
    float *bias_totals;
    ptrdiff_t total_row;
    ptrdiff_t total_column;
} nativecnn_depthwise_gradient_tile;

/* Parameters of the kernels in winograd.h. */
#define NATIVECNN_WINOGRAD_INPUTS                                                                                      \
    (ptrdiff_t channels, const float *const *pixels, const float *const *later, ptrdiff_t offset, float *target,       \
     ptrdiff_t step)
#define NATIVECNN_WINOGRAD_FILTERS                                                                                     \
    (ptrdiff_t channels, const float *weights, ptrdiff_t row_step, ptrdiff_t column_step, ptrdiff_t channel_step,      \
     float *target, ptrdiff_t step)
#define NATIVECNN_WINOGRAD_OUTPUTS                                                                                     \
    (const float *totals, ptrdiff_t step, const nativecnn_epilogue *epilogue, ptrdiff_t filter, ptrdiff_t filters,     \
     ptrdiff_t rows, ptrdiff_t columns, float *target, ptrdiff_t row_step, ptrdiff_t column_step)
#define NATIVECNN_WINOGRAD_GRADIENTS                                                                                   \
    (ptrdiff_t filters, const float *const *pixels, const float *const *later, ptrdiff_t offset, float *target,        \
     ptrdiff_t step)
#define NATIVECNN_WINOGRAD_KERNEL_GRADIENTS                                                                            \
    (const float *totals, ptrdiff_t step, ptrdiff_t filters, float *target, ptrdiff_t tap_step)
/* Of the steps in optimizers.h. */
#define NATIVECNN_OPTIMIZER_STEP                                                                                       \
    (ptrdiff_t count, float *weights, const float *gradient, float *const *slots, const double *settings)
#define NATIVECNN_WINOGRAD_FEW 4 /* tiles of one call of winograd_few.h */
#define NATIVECNN_WINOGRAD_FEW_PARAMETERS                                                                              \
    (ptrdiff_t channels, const float *inputs, ptrdiff_t input_row, const float *weights, ptrdiff_t row_step,           \
     ptrdiff_t column_step, ptrdiff_t channel_step, int first, float *totals, ptrdiff_t step)
#define NATIVECNN_MAX_PLANE_FILTERS 8
#define NATIVECNN_MAX_PLANE_VECTORS 8
#define NATIVECNN_MAX_PLANE_SUMS 384 /* floats */

/* Parameters of the kernels in merging.h; a gradient that nobody wants is NULL. */
#define NATIVECNN_MERGING (ptrdiff_t arrays, const float *const *x, ptrdiff_t first, ptrdiff_t end, float *y)
#define NATIVECNN_MERGING_GRADIENT                                                                                     \
    (ptrdiff_t arrays, const float *const *x, ptrdiff_t first, ptrdiff_t end, const float *dy, float *const *dx)

/* Neighbouring windows of one size, clipped to the image. Steps are counted in floats. */
typedef struct {
    ptrdiff_t pixels; /* of the output */
    ptrdiff_t planes; /* of a window */
    ptrdiff_t rows;
    ptrdiff_t columns;
    ptrdiff_t channels;
    ptrdiff_t image_plane; /* from an image pixel to the one behind it, to the one below, and to the next */
    ptrdiff_t image_row;
    ptrdiff_t image_column;
    ptrdiff_t window_step; /* from a window to the next */
    const float *x;
    float *dx;
    ptrdiff_t output_column; /* from an output pixel to the next */
    float *y;
    const float *dy;
    int overlapping; /* gradients are added to what is in dx, else written */
    int relu;        /* gradients are those of the values from which a ReLU made x */
    int sum;         /* averages are not divided by the number of pixels */
} nativecnn_pooling_row;

#define NATIVECNN_DROPOUT_CHANNELS 2048
/* The stream of random numbers and which part of the elements is dropped. */
typedef struct {
    uint64_t key[2];
    uint64_t step;
    double rate;
} nativecnn_dropout;

/* Local response normalization: settings as the user gives them, but the radius below the number of channels. */
typedef struct {
    ptrdiff_t radius;
    double alpha;
    double beta;
    double k;
} nativecnn_response;

#define NATIVECNN_KERNELS(KERNEL)                                                                                      \
    /* kernel_gradient.h */                                                                                            \
    KERNEL(void, kernel_gradient_tile,                                                                                 \
           (int segments, int length, int bias, int narrow, const nativecnn_gradient_tile *tile))                      \
    /* batch_normalization.h: over channels of consecutive pixels; gamma, beta and shift may be NULL */                \
    KERNEL(void, channel_sums, (ptrdiff_t pixels, ptrdiff_t channels, const float *x, ptrdiff_t step, float *sums))    \
    KERNEL(void, channel_squares,                                                                                      \
           (ptrdiff_t pixels, ptrdiff_t channels, const float *x, ptrdiff_t step, const float *mean, float *sums))     \
    KERNEL(void, channel_gradients,                                                                                    \
           (ptrdiff_t pixels, ptrdiff_t channels, const float *dy, const float *x, ptrdiff_t step, const float *mean,  \
            float *sums, float *products))                                                                             \
    KERNEL(void, channel_means, (ptrdiff_t channels, ptrdiff_t pixels, const float *sums, float *means))               \
    KERNEL(void, normalization_coefficients,                                                                           \
           (ptrdiff_t channels, const float *gamma, const float *beta, const float *mean, const float *variance,       \
            double epsilon, float *scale, float *shift))                                                               \
    KERNEL(void, scale_shift_pixels,                                                                                   \
           (ptrdiff_t pixels, ptrdiff_t channels, const float *x, const float *scale, const float *shift, int relu,    \
            float *y))                                                                                                 \
    KERNEL(void, normalization_weight_gradients,                                                                       \
           (ptrdiff_t channels, const float *sums, const float *products, const float *variance, double epsilon,       \
            float *dgamma, float *dbeta))                                                                              \
    KERNEL(void, normalization_gradient_coefficients,                                                                  \
           (ptrdiff_t channels, ptrdiff_t pixels, const float *gamma, const float *variance, double epsilon,           \
            const float *dgamma, const float *dbeta, float *coefficients))                                             \
    KERNEL(void, normalization_input_gradient,                                                                         \
           (ptrdiff_t pixels, ptrdiff_t channels, const float *dy, const float *x, const float *mean,                  \
            const float *coefficients, float *dx))                                                                     \
    KERNEL(void, moving_average, (ptrdiff_t count, float *average, const float *value, double momentum))               \
    /* dropout.h: at most NATIVECNN_DROPOUT_CHANNELS channels; y may be x */                                           \
    KERNEL(void, dropout_tile,                                                                                         \
           (ptrdiff_t pixels, ptrdiff_t channels, ptrdiff_t step, const nativecnn_dropout *dropout, ptrdiff_t first,   \
            const float *x, float *y))                                                                                 \
    /* layer_normalization.h: gamma and beta may be NULL; y may be x, dx may be dy */                                  \
    KERNEL(void, normalize_row,                                                                                        \
           (ptrdiff_t count, const float *x, const float *gamma, const float *beta, double epsilon, float *mean,       \
            float *inverse, float *y))                                                                                 \
    KERNEL(void, normalize_row_gradient,                                                                               \
           (ptrdiff_t count, const float *dy, const float *x, const float *gamma, float mean, float inverse,           \
            float *scratch, float *dx))                                                                                \
    KERNEL(void, row_gradients,                                                                                        \
           (ptrdiff_t rows, ptrdiff_t channels, const float *dy, const float *x, ptrdiff_t step, const float *mean,    \
            const float *inverse, float *sums, float *products))                                                       \
    /* local_response_normalization.h: one pixel; y may be x, dx may be dy; scratch of two and of three rows */        \
    KERNEL(void, normalize_response,                                                                                   \
           (ptrdiff_t channels, const float *x, const nativecnn_response *response, float *scratch, float *y))         \
    KERNEL(void, response_gradient,                                                                                    \
           (ptrdiff_t channels, const float *dy, const float *x, const nativecnn_response *response, float *scratch,   \
            float *dx))                                                                                                \
    /* winograd.h: for tiles of 2×2 and 4×4 outputs */                                                                 \
    KERNEL(void, winograd_inputs_2, NATIVECNN_WINOGRAD_INPUTS)                                                         \
    KERNEL(void, winograd_filters_2, NATIVECNN_WINOGRAD_FILTERS)                                                       \
    KERNEL(void, winograd_outputs_2, NATIVECNN_WINOGRAD_OUTPUTS)                                                       \
    KERNEL(void, winograd_gradients_2, NATIVECNN_WINOGRAD_GRADIENTS)                                                   \
    KERNEL(void, winograd_kernel_gradients_2, NATIVECNN_WINOGRAD_KERNEL_GRADIENTS)                                     \
    KERNEL(void, winograd_inputs_4, NATIVECNN_WINOGRAD_INPUTS)                                                         \
    KERNEL(void, winograd_filters_4, NATIVECNN_WINOGRAD_FILTERS)                                                       \
    KERNEL(void, winograd_outputs_4, NATIVECNN_WINOGRAD_OUTPUTS)                                                       \
    KERNEL(void, winograd_gradients_4, NATIVECNN_WINOGRAD_GRADIENTS)                                                   \
    KERNEL(void, winograd_kernel_gradients_4, NATIVECNN_WINOGRAD_KERNEL_GRADIENTS)                                     \
    /* winograd_few.h */                                                                                               \
    KERNEL(void, winograd_few_2, NATIVECNN_WINOGRAD_FEW_PARAMETERS)                                                    \
    KERNEL(void, winograd_few_4, NATIVECNN_WINOGRAD_FEW_PARAMETERS)                                                    \
    /* planes.h */                                                                                                     \
    KERNEL(                                                                                                            \
        void, store_planes,                                                                                            \
        (ptrdiff_t filters, ptrdiff_t count, const float *sums, ptrdiff_t step, float *output, ptrdiff_t output_step)) \
    /* dense.h */                                                                                                      \
    KERNEL(void, dense_block,                                                                                          \
           (ptrdiff_t samples, ptrdiff_t inputs, ptrdiff_t units, const float *x, ptrdiff_t x_step, ptrdiff_t x_next,  \
            const float *kernel, ptrdiff_t kernel_step, int first, float *totals))                                     \
    KERNEL(void, dense_transposed_block,                                                                               \
           (ptrdiff_t samples, ptrdiff_t inputs, ptrdiff_t units, const float *dy, ptrdiff_t dy_step,                  \
            ptrdiff_t dy_next, const float *kernel, ptrdiff_t kernel_step, float *totals))                             \
    KERNEL(void, dense_store,                                                                                          \
           (ptrdiff_t samples, ptrdiff_t units, const float *totals, const nativecnn_epilogue *epilogue,               \
            ptrdiff_t filter, float *y, ptrdiff_t y_step))                                                             \
    KERNEL(void, dense_kernel_gradient_block,                                                                          \
           (ptrdiff_t samples, ptrdiff_t inputs, ptrdiff_t units, const float *x, ptrdiff_t x_step, const float *dy,   \
            ptrdiff_t dy_step, ptrdiff_t dy_next, int stream, float *dkernel, ptrdiff_t dkernel_step))                 \
    /* depthwise.h */                                                                                                  \
    KERNEL(void, depthwise_tile, (ptrdiff_t tap_rows, ptrdiff_t tap_columns, const nativecnn_depthwise_tile *tile))    \
    KERNEL(void, depthwise_gradient_tile,                                                                              \
           (ptrdiff_t tap_rows, ptrdiff_t tap_columns, int bias, const nativecnn_depthwise_gradient_tile *tile))       \
    /* pooling.h: output pixels of one row whose windows have one size */                                              \
    KERNEL(void, max_pool_row, (const nativecnn_pooling_row *row))                                                     \
    KERNEL(void, max_pool_gradient_row, (const nativecnn_pooling_row *row))                                            \
    KERNEL(void, average_pool_row, (const nativecnn_pooling_row *row))                                                 \
    KERNEL(void, average_pool_gradient_row, (const nativecnn_pooling_row *row))                                        \
    /* elementwise.h: outputs may be inputs */                                                                         \
    KERNEL(void, add, (ptrdiff_t count, const float *a, const float *b, float *y))                                     \
    KERNEL(void, subtract, (ptrdiff_t count, const float *a, const float *b, float *y))                                \
    KERNEL(void, negate, (ptrdiff_t count, const float *x, float *y))                                                  \
    KERNEL(void, divide, (ptrdiff_t count, const float *x, float divisor, float *y))                                   \
    KERNEL(void, exp, (ptrdiff_t count, const float *x, float *y))                                                     \
    KERNEL(void, log, (ptrdiff_t count, const float *x, float *y))                                                     \
    KERNEL(void, relu, (ptrdiff_t count, const float *x, float *y))                                                    \
    KERNEL(void, sigmoid, (ptrdiff_t count, const float *x, float *y))                                                 \
    KERNEL(void, tanh, (ptrdiff_t count, const float *x, float *y))                                                    \
    KERNEL(void, relu_gradient, (ptrdiff_t count, const float *dy, const float *y, float *dx))                         \
    KERNEL(void, sigmoid_gradient, (ptrdiff_t count, const float *dy, const float *y, float *dx))                      \
    KERNEL(void, tanh_gradient, (ptrdiff_t count, const float *dy, const float *y, float *dx))                         \
    /* merging.h: elements `first` to before `end` of several arrays; y may be one of them, dx[0] may be dy */         \
    KERNEL(void, add_all, NATIVECNN_MERGING)                                                                           \
    KERNEL(void, multiply_all, NATIVECNN_MERGING)                                                                      \
    KERNEL(void, maximum_all, NATIVECNN_MERGING)                                                                       \
    KERNEL(void, minimum_all, NATIVECNN_MERGING)                                                                       \
    KERNEL(void, maximum_all_gradient, NATIVECNN_MERGING_GRADIENT)                                                     \
    KERNEL(void, minimum_all_gradient, NATIVECNN_MERGING_GRADIENT)                                                     \
    /* activation.h: outputs may be inputs */                                                                          \
    KERNEL(void, relu6, (ptrdiff_t count, const float *x, float *y))                                                   \
    KERNEL(void, hard_sigmoid, (ptrdiff_t count, const float *x, float *y))                                            \
    KERNEL(void, hard_silu, (ptrdiff_t count, const float *x, float *y))                                               \
    KERNEL(void, selu, (ptrdiff_t count, const float *x, float *y))                                                    \
    KERNEL(void, softplus, (ptrdiff_t count, const float *x, float *y))                                                \
    KERNEL(void, softsign, (ptrdiff_t count, const float *x, float *y))                                                \
    KERNEL(void, silu, (ptrdiff_t count, const float *x, float *y))                                                    \
    KERNEL(void, gelu, (ptrdiff_t count, const float *x, float *y))                                                    \
    KERNEL(void, approximate_gelu, (ptrdiff_t count, const float *x, float *y))                                        \
    KERNEL(void, mish, (ptrdiff_t count, const float *x, float *y))                                                    \
    KERNEL(void, leaky_relu, (ptrdiff_t count, const float *settings, const float *x, float *y))                       \
    KERNEL(void, clipped_relu, (ptrdiff_t count, const float *settings, const float *x, float *y))                     \
    KERNEL(void, elu, (ptrdiff_t count, const float *settings, const float *x, float *y))                              \
    KERNEL(void, relu6_gradient, (ptrdiff_t count, const float *dy, const float *y, float *dx))                        \
    KERNEL(void, hard_sigmoid_gradient, (ptrdiff_t count, const float *dy, const float *y, float *dx))                 \
    KERNEL(void, hard_silu_gradient, (ptrdiff_t count, const float *dy, const float *x, float *dx))                    \
    KERNEL(void, exp_gradient, (ptrdiff_t count, const float *dy, const float *y, float *dx))                          \
    KERNEL(void, selu_gradient, (ptrdiff_t count, const float *dy, const float *y, float *dx))                         \
    KERNEL(void, softplus_gradient, (ptrdiff_t count, const float *dy, const float *y, float *dx))                     \
    KERNEL(void, softsign_gradient, (ptrdiff_t count, const float *dy, const float *x, float *dx))                     \
    KERNEL(void, silu_gradient, (ptrdiff_t count, const float *dy, const float *x, float *dx))                         \
    KERNEL(void, gelu_gradient, (ptrdiff_t count, const float *dy, const float *x, float *dx))                         \
    KERNEL(void, approximate_gelu_gradient, (ptrdiff_t count, const float *dy, const float *x, float *dx))             \
    KERNEL(void, mish_gradient, (ptrdiff_t count, const float *dy, const float *x, float *dx))                         \
    KERNEL(void, leaky_relu_gradient,                                                                                  \
           (ptrdiff_t count, const float *settings, const float *dy, const float *y, float *dx))                       \
    KERNEL(void, clipped_relu_gradient,                                                                                \
           (ptrdiff_t count, const float *settings, const float *dy, const float *y, float *dx))                       \
    KERNEL(void, elu_gradient, (ptrdiff_t count, const float *settings, const float *dy, const float *y, float *dx))   \
    /* prelu.h: outputs may be inputs */                                                                               \
    KERNEL(void, prelu, (ptrdiff_t count, const float *slopes, const float *x, float *y))                              \
    KERNEL(void, prelu_gradient, (ptrdiff_t count, const float *slopes, const float *dy, const float *x, float *dx))   \
    KERNEL(void, prelu_slope_sums,                                                                                     \
           (ptrdiff_t pixels, ptrdiff_t slopes, const float *x, const float *dy, ptrdiff_t step, float *sums))         \
    /* rows.h: one row of a batch, outputs may be inputs */                                                            \
    KERNEL(void, softmax_row, (ptrdiff_t count, const float *x, float *y))                                             \
    KERNEL(void, softmax_gradient_row, (ptrdiff_t count, const float *dy, const float *y, float *dx))                  \
    KERNEL(void, log_softmax_row, (ptrdiff_t count, const float *x, float *y))                                         \
    KERNEL(void, log_softmax_gradient_row, (ptrdiff_t count, const float *dy, const float *y, float *dx))              \
    /* losses.h: one sample; return its loss; dx may be NULL */                                                        \
    KERNEL(float, softmax_crossentropy_row,                                                                            \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *logits, const float *targets, float setting, float *dx, \
            float *scratch))                                                                                           \
    KERNEL(float, sigmoid_crossentropy_row,                                                                            \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *logits, const float *targets, float setting, float *dx, \
            float *scratch))                                                                                           \
    KERNEL(float, categorical_crossentropy_row,                                                                        \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *probabilities, const float *targets, float setting,     \
            float *dx, float *scratch))                                                                                \
    KERNEL(float, binary_crossentropy_row,                                                                             \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *probabilities, const float *targets, float setting,     \
            float *dx, float *scratch))                                                                                \
    KERNEL(float, kl_divergence_row,                                                                                   \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *probabilities, const float *targets, float setting,     \
            float *dx, float *scratch))                                                                                \
    KERNEL(float, categorical_hinge_row,                                                                               \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *predictions, const float *targets, float setting,       \
            float *dx, float *scratch))                                                                                \
    KERNEL(float, mean_squared_error_row,                                                                              \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *predictions, const float *targets, float setting,       \
            float *dx, float *scratch))                                                                                \
    KERNEL(float, half_squared_error_row,                                                                              \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *predictions, const float *targets, float setting,       \
            float *dx, float *scratch))                                                                                \
    KERNEL(float, mean_absolute_error_row,                                                                             \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *predictions, const float *targets, float setting,       \
            float *dx, float *scratch))                                                                                \
    KERNEL(float, mean_squared_logarithmic_error_row,                                                                  \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *predictions, const float *targets, float setting,       \
            float *dx, float *scratch))                                                                                \
    KERNEL(float, huber_row,                                                                                           \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *predictions, const float *targets, float setting,       \
            float *dx, float *scratch))                                                                                \
    KERNEL(float, log_cosh_row,                                                                                        \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *predictions, const float *targets, float setting,       \
            float *dx, float *scratch))                                                                                \
    KERNEL(float, poisson_row,                                                                                         \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *predictions, const float *targets, float setting,       \
            float *dx, float *scratch))                                                                                \
    KERNEL(float, hinge_row,                                                                                           \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *predictions, const float *targets, float setting,       \
            float *dx, float *scratch))                                                                                \
    KERNEL(float, squared_hinge_row,                                                                                   \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *predictions, const float *targets, float setting,       \
            float *dx, float *scratch))                                                                                \
    /* optimizers.h: slots and settings in the order of optimizers.pyx; `adjusted` may be `gradient` */                \
    KERNEL(void, sgd, NATIVECNN_OPTIMIZER_STEP)                                                                        \
    KERNEL(void, adam, NATIVECNN_OPTIMIZER_STEP)                                                                       \
    KERNEL(void, nadam, NATIVECNN_OPTIMIZER_STEP)                                                                      \
    KERNEL(void, adamax, NATIVECNN_OPTIMIZER_STEP)                                                                     \
    KERNEL(void, adagrad, NATIVECNN_OPTIMIZER_STEP)                                                                    \
    KERNEL(void, adadelta, NATIVECNN_OPTIMIZER_STEP)                                                                   \
    KERNEL(void, rmsprop, NATIVECNN_OPTIMIZER_STEP)                                                                    \
    KERNEL(void, adjust,                                                                                               \
           (ptrdiff_t count, float *weights, const float *gradient, float *adjusted, const double *settings))          \
    KERNEL(void, squares, (ptrdiff_t count, const float *values, double *sums))                                        \
    KERNEL(void, magnitudes, (ptrdiff_t count, const float *values, double *sums))                                     \
    /* orthogonal.h */                                                                                                 \
    KERNEL(void, normalize_column, (ptrdiff_t rows, double *column))                                                   \
    KERNEL(void, project_out, (ptrdiff_t rows, const double *column, double *block, int first))                        \
    /* packing.h */                                                                                                    \
    KERNEL(void, pack_rows,                                                                                            \
           (ptrdiff_t rows, ptrdiff_t filters, const float *source, ptrdiff_t source_step, float *target))             \
    /* transpose.h */                                                                                                  \
    KERNEL(void, transpose_tile,                                                                                       \
           (ptrdiff_t rows, ptrdiff_t columns, const float *source, ptrdiff_t source_step, float *target,              \
            ptrdiff_t target_step))                                                                                    \
    /* limit.h: runs independent fused multiply-adds, returns how many */                                              \
    KERNEL(double, fma_limit, (ptrdiff_t iterations, float *numbers))

/* The tiles of correlation.h, one function for each number of rows (pixels). */
typedef void (*nativecnn_correlate_tile)(ptrdiff_t segments, ptrdiff_t length, const float *const *pixels,
                                         ptrdiff_t pixel_step, ptrdiff_t offset, const float *weights,
                                         ptrdiff_t weight_step, int first, const nativecnn_epilogue *epilogue,
                                         ptrdiff_t filter, float *const *outputs, ptrdiff_t output_offset,
                                         ptrdiff_t filters);
typedef void (*nativecnn_correlate_row)(ptrdiff_t terms, const ptrdiff_t *offsets, const float *pixels,
                                        ptrdiff_t pixel_step, const float *weights, ptrdiff_t weight_step,
                                        const nativecnn_epilogue *epilogue, ptrdiff_t filter, float *output,
                                        ptrdiff_t output_step, ptrdiff_t filters);

/* The tiles of planes.h, one function for each number of filters. */
typedef void (*nativecnn_correlate_planes)(ptrdiff_t terms, const ptrdiff_t *offsets, const float *const *pixels,
                                           const float *weights, ptrdiff_t weight_step,
                                           const nativecnn_epilogue *epilogue, float *sums);

typedef struct {
    const char *name;
    int tile_pixels;    /* most rows of a tile, of kernel_gradient_tile too */
    int tile_filters;   /* of both */
    int narrow_pixels;  /* most rows of a narrow tile */
    int narrow_filters; /* of a narrow tile: one vector */
    int winograd_few;   /* whether sums of winograd_few.h fit into registers */
    int dense_terms;    /* of a sum, side by side in packed inputs of dense_block */
    int dense_units;    /* of a register tile of dense_block */
    /* [rows], from 1 on */
    nativecnn_correlate_tile correlate_tile[NATIVECNN_MAX_TILE_PIXELS + 1];
    nativecnn_correlate_tile correlate_narrow_tile[NATIVECNN_MAX_NARROW_PIXELS + 1];
    nativecnn_correlate_row correlate_row[NATIVECNN_MAX_TILE_PIXELS + 1];
    nativecnn_correlate_row correlate_narrow_row[NATIVECNN_MAX_NARROW_PIXELS + 1];
    /* [filters], from 1 on, and how many vectors of pixels each computes */
    nativecnn_correlate_planes correlate_planes[NATIVECNN_MAX_PLANE_FILTERS + 1];
    int plane_vectors[NATIVECNN_MAX_PLANE_FILTERS + 1];
#define NATIVECNN_FIELD(type, name, parameters) type(*name) parameters;
    NATIVECNN_KERNELS(NATIVECNN_FIELD)
#undef NATIVECNN_FIELD
} nativecnn_kernels;

/* Sets from the slowest to the fastest; a set that was not built is absent. The last that the processor and the
 * operating system support is chosen (cpu.c). Emulated ones are for tests, so they come before all others. */
extern const nativecnn_kernels nativecnn_kernels_avx2_emulated;
extern const nativecnn_kernels nativecnn_kernels_avx512_emulated;
extern const nativecnn_kernels nativecnn_kernels_neon_emulated;
extern const nativecnn_kernels nativecnn_kernels_generic;
extern const nativecnn_kernels nativecnn_kernels_avx2;
extern const nativecnn_kernels nativecnn_kernels_avx512;
extern const nativecnn_kernels nativecnn_kernels_neon;

typedef struct {
    const nativecnn_kernels *kernels;
    int supported;
} nativecnn_instruction_set;

/* Fills `sets` (room for 8) and returns how many were built. */
int nativecnn_instruction_sets(nativecnn_instruction_set *sets);
/* Writes the processor's name, or "". */
void nativecnn_processor_name(char *name, size_t size);

#endif
