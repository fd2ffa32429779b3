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
#define NATIVECNN_MAX_PLANE_FILTERS 8
#define NATIVECNN_MAX_PLANE_VECTORS 8
#define NATIVECNN_MAX_PLANE_SUMS 384 /* floats */

#define NATIVECNN_KERNELS(KERNEL)                                                                                      \
    /* correlation.h */                                                                                                \
    KERNEL(void, gather_tile, (ptrdiff_t pixels, const float *const *sources, ptrdiff_t offset, float *panel))         \
    KERNEL(void, kernel_gradient_tile,                                                                                 \
           (ptrdiff_t pixels, const float *inputs, const float *gradients, int first, float *totals))                  \
    /* dense.h */                                                                                                      \
    KERNEL(void, dense_block,                                                                                          \
           (ptrdiff_t samples, ptrdiff_t inputs, ptrdiff_t units, const float *x, ptrdiff_t x_step, ptrdiff_t x_next,  \
            const float *kernel, ptrdiff_t kernel_step, int first, float *totals))                                     \
    KERNEL(void, dense_transposed_block,                                                                               \
           (ptrdiff_t samples, ptrdiff_t inputs, ptrdiff_t units, const float *dy, ptrdiff_t dy_step,                  \
            ptrdiff_t dy_next, const float *kernel, ptrdiff_t kernel_step, float *totals))                             \
    KERNEL(void, dense_store,                                                                                          \
           (ptrdiff_t samples, ptrdiff_t units, const float *totals, const float *bias, int relu, float *y,            \
            ptrdiff_t y_step))                                                                                         \
    KERNEL(void, dense_kernel_gradient_block,                                                                          \
           (ptrdiff_t samples, ptrdiff_t inputs, ptrdiff_t units, const float *x, ptrdiff_t x_step, const float *dy,   \
            ptrdiff_t dy_step, ptrdiff_t dy_next, int stream, float *dkernel, ptrdiff_t dkernel_step))                 \
    /* depthwise.h */                                                                                                  \
    KERNEL(void, depthwise_pixel,                                                                                      \
           (ptrdiff_t taps, ptrdiff_t channels, const float *const *pixels, ptrdiff_t pixel_step,                      \
            const float *weights, const float *bias, float *output))                                                   \
    KERNEL(void, depthwise_kernel_gradient,                                                                            \
           (ptrdiff_t pixels, ptrdiff_t channels, const float *const *inputs, ptrdiff_t offset,                        \
            const float *gradients, ptrdiff_t gradient_step, int first, float *totals))                                \
    /* pooling.h: one output pixel, all channels */                                                                    \
    KERNEL(void, max_pool_pixel,                                                                                       \
           (ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t channels, const float *x, ptrdiff_t row_step, float *y))      \
    KERNEL(void, max_pool_gradient_pixel,                                                                              \
           (ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t channels, const float *dy, const float *x, float *dx,         \
            ptrdiff_t row_step))                                                                                       \
    KERNEL(void, average_pool_pixel,                                                                                   \
           (ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t channels, const float *x, ptrdiff_t row_step, float *y))      \
    KERNEL(void, average_pool_gradient_pixel,                                                                          \
           (ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t channels, const float *dy, float *dx, ptrdiff_t row_step))    \
    /* elementwise.h: outputs may be inputs */                                                                         \
    KERNEL(void, add, (ptrdiff_t count, const float *a, const float *b, float *y))                                     \
    KERNEL(void, exp, (ptrdiff_t count, const float *x, float *y))                                                     \
    KERNEL(void, log, (ptrdiff_t count, const float *x, float *y))                                                     \
    KERNEL(void, relu, (ptrdiff_t count, const float *x, float *y))                                                    \
    KERNEL(void, sigmoid, (ptrdiff_t count, const float *x, float *y))                                                 \
    KERNEL(void, tanh, (ptrdiff_t count, const float *x, float *y))                                                    \
    KERNEL(void, relu_gradient, (ptrdiff_t count, const float *dy, const float *y, float *dx))                         \
    KERNEL(void, sigmoid_gradient, (ptrdiff_t count, const float *dy, const float *y, float *dx))                      \
    KERNEL(void, tanh_gradient, (ptrdiff_t count, const float *dy, const float *y, float *dx))                         \
    /* rows.h: one row of a batch, outputs may be inputs */                                                            \
    KERNEL(void, softmax_row, (ptrdiff_t count, const float *x, float *y))                                             \
    KERNEL(void, softmax_gradient_row, (ptrdiff_t count, const float *dy, const float *y, float *dx))                  \
    /* losses.h: one sample; return its loss; dx may be NULL */                                                        \
    KERNEL(                                                                                                            \
        float, softmax_crossentropy_row,                                                                               \
        (ptrdiff_t outputs, ptrdiff_t samples, const float *logits, const float *targets, float *dx, float *scratch))  \
    KERNEL(                                                                                                            \
        float, sigmoid_crossentropy_row,                                                                               \
        (ptrdiff_t outputs, ptrdiff_t samples, const float *logits, const float *targets, float *dx, float *scratch))  \
    KERNEL(float, categorical_crossentropy_row,                                                                        \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *probabilities, const float *targets, float *dx,         \
            float *scratch))                                                                                           \
    KERNEL(float, binary_crossentropy_row,                                                                             \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *probabilities, const float *targets, float *dx,         \
            float *scratch))                                                                                           \
    KERNEL(float, mean_squared_error_row,                                                                              \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *predictions, const float *targets, float *dx,           \
            float *scratch))                                                                                           \
    KERNEL(float, half_squared_error_row,                                                                              \
           (ptrdiff_t outputs, ptrdiff_t samples, const float *predictions, const float *targets, float *dx,           \
            float *scratch))                                                                                           \
    /* optimizers.h: velocity may be NULL */                                                                           \
    KERNEL(void, sgd,                                                                                                  \
           (ptrdiff_t count, float *weights, const float *gradient, float *velocity, double learning_rate,             \
            double momentum, int nesterov))                                                                            \
    KERNEL(void, adam,                                                                                                 \
           (ptrdiff_t count, float *weights, const float *gradient, float *mean, float *variance, double step_size,    \
            double beta_1, double beta_2, double epsilon))                                                             \
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
                                         ptrdiff_t weight_step, const float *bias, int first, int relu,
                                         float *const *outputs, ptrdiff_t output_offset, ptrdiff_t filters);
typedef void (*nativecnn_correlate_row)(ptrdiff_t terms, const ptrdiff_t *offsets, const float *pixels,
                                        ptrdiff_t pixel_step, const float *weights, ptrdiff_t weight_step,
                                        const float *bias, int relu, float *output, ptrdiff_t output_step,
                                        ptrdiff_t filters);

/* The tiles of planes.h, one function for each number of filters. */
typedef void (*nativecnn_correlate_planes)(ptrdiff_t terms, const ptrdiff_t *offsets, const float *const *pixels,
                                           const float *weights, ptrdiff_t weight_step, const float *bias, int relu,
                                           float *sums);

typedef struct {
    const char *name;
    int tile_pixels;    /* most rows of a tile, and the kernel rows of kernel_gradient_tile */
    int tile_filters;   /* of both */
    int narrow_pixels;  /* most rows of a narrow tile */
    int narrow_filters; /* of a narrow tile: one vector */
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
 * operating system support is chosen (cpu.c). */
extern const nativecnn_kernels nativecnn_kernels_generic;
extern const nativecnn_kernels nativecnn_kernels_avx2;
extern const nativecnn_kernels nativecnn_kernels_avx512;

typedef struct {
    const nativecnn_kernels *kernels;
    int supported;
} nativecnn_instruction_set;

/* Fills `sets` (room for 8) and returns how many were built. */
int nativecnn_instruction_sets(nativecnn_instruction_set *sets);
/* Writes the processor's name, or "". */
void nativecnn_processor_name(char *name, size_t size);

#endif
