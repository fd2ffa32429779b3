"""What every module of kernels shares: the chosen instruction set's table, the pool of threads, scratch memory."""

from libc.stdint cimport uint64_t

ctypedef float (*loss_row)(
    Py_ssize_t outputs, Py_ssize_t samples, const float *predictions, const float *targets, float setting, float *dx,
    float *scratch,
) noexcept nogil

cdef extern from "tile/kernels.h":
    enum:
        NATIVECNN_LINEAR
        NATIVECNN_RELU
        NATIVECNN_RELU6
    ctypedef struct nativecnn_epilogue:
        const float *bias
        const float *scale
        const float *shift
        const float *residual
        const float *result
        int activation
ctypedef void (*optimizer_step)(
    Py_ssize_t count, float *weights, const float *gradient, float *const *slots, const double *settings,
) noexcept nogil
ctypedef void (*sums_of)(Py_ssize_t count, const float *values, double *sums) noexcept nogil

ctypedef void (*winograd_inputs)(
    Py_ssize_t channels, const float *const *pixels, const float *const *later, Py_ssize_t offset, float *target,
    Py_ssize_t step,
) noexcept nogil
ctypedef void (*winograd_filters)(
    Py_ssize_t channels, const float *weights, Py_ssize_t row_step, Py_ssize_t column_step, Py_ssize_t channel_step,
    float *target, Py_ssize_t step,
) noexcept nogil
ctypedef void (*winograd_outputs)(
    const float *totals, Py_ssize_t step, const nativecnn_epilogue *epilogue, Py_ssize_t filter, Py_ssize_t filters,
    Py_ssize_t rows, Py_ssize_t columns, float *target, Py_ssize_t row_step, Py_ssize_t column_step,
) noexcept nogil
ctypedef void (*winograd_few_products)(
    Py_ssize_t channels, const float *inputs, Py_ssize_t input_row, const float *weights, Py_ssize_t row_step,
    Py_ssize_t column_step, Py_ssize_t channel_step, bint first, float *totals, Py_ssize_t step,
) noexcept nogil
ctypedef void (*winograd_gradients)(
    Py_ssize_t filters, const float *const *pixels, const float *const *later, Py_ssize_t offset, float *target,
    Py_ssize_t step,
) noexcept nogil
ctypedef void (*winograd_kernel_gradients)(
    const float *totals, Py_ssize_t step, Py_ssize_t filters, float *target, Py_ssize_t tap_step,
) noexcept nogil

ctypedef void (*merging_kernel)(
    Py_ssize_t arrays, const float *const *x, Py_ssize_t first, Py_ssize_t end, float *y,
) noexcept nogil
ctypedef void (*merging_gradient_kernel)(
    Py_ssize_t arrays, const float *const *x, Py_ssize_t first, Py_ssize_t end, const float *dy, float *const *dx,
) noexcept nogil

cdef extern from "tile/kernels.h":
    enum:
        NATIVECNN_WINOGRAD_FEW
        NATIVECNN_MAX_PLANE_FILTERS
        NATIVECNN_MAX_PLANE_VECTORS
        NATIVECNN_MAX_PLANE_SUMS
    ctypedef void (*nativecnn_correlate_tile)(
        Py_ssize_t segments, Py_ssize_t length, const float *const *pixels, Py_ssize_t pixel_step, Py_ssize_t offset,
        const float *weights, Py_ssize_t weight_step, bint first, const nativecnn_epilogue *epilogue,
        Py_ssize_t filter, float *const *outputs, Py_ssize_t output_offset, Py_ssize_t filters,
    ) noexcept nogil
    ctypedef void (*nativecnn_correlate_row)(
        Py_ssize_t terms, const Py_ssize_t *offsets, const float *pixels, Py_ssize_t pixel_step, const float *weights,
        Py_ssize_t weight_step, const nativecnn_epilogue *epilogue, Py_ssize_t filter, float *output,
        Py_ssize_t output_step, Py_ssize_t filters,
    ) noexcept nogil
    ctypedef struct nativecnn_gradient_tile:
        Py_ssize_t pixels
        Py_ssize_t filters
        const float *const *inputs
        Py_ssize_t offset
        Py_ssize_t segment_step
        const float *gradients
        Py_ssize_t gradient_step
        bint first
        const float *sums
        const float *bias_sums
        Py_ssize_t sum_step
        Py_ssize_t merges
        Py_ssize_t merge_step
        float *totals
        float *bias_totals
        Py_ssize_t total_step

    ctypedef struct nativecnn_depthwise_tile:
        Py_ssize_t rows
        Py_ssize_t columns
        Py_ssize_t channels
        const float *const *inputs
        Py_ssize_t offset
        Py_ssize_t input_row
        Py_ssize_t input_column
        Py_ssize_t tap_row
        Py_ssize_t tap_column
        const float *weights
        Py_ssize_t weight_row
        Py_ssize_t weight_column
        const nativecnn_epilogue *epilogue
        Py_ssize_t filter
        float *outputs
        Py_ssize_t output_row
        Py_ssize_t output_column

    ctypedef struct nativecnn_depthwise_gradient_tile:
        Py_ssize_t rows
        Py_ssize_t columns
        Py_ssize_t channels
        const float *const *inputs
        Py_ssize_t offset
        Py_ssize_t input_row
        Py_ssize_t input_column
        Py_ssize_t tap_row
        Py_ssize_t tap_column
        const float *gradients
        Py_ssize_t gradient_column
        bint first
        const float *sums
        const float *bias_sums
        Py_ssize_t sum_row
        Py_ssize_t sum_column
        Py_ssize_t merges
        Py_ssize_t merge_step
        float *totals
        float *bias_totals
        Py_ssize_t total_row
        Py_ssize_t total_column

    ctypedef void (*nativecnn_correlate_planes)(
        Py_ssize_t terms, const Py_ssize_t *offsets, const float *const *pixels, const float *weights,
        Py_ssize_t weight_step, const nativecnn_epilogue *epilogue, float *sums,
    ) noexcept nogil
    ctypedef struct nativecnn_pooling_row:
        Py_ssize_t pixels
        Py_ssize_t planes
        Py_ssize_t rows
        Py_ssize_t columns
        Py_ssize_t channels
        Py_ssize_t image_plane
        Py_ssize_t image_row
        Py_ssize_t image_column
        Py_ssize_t window_step
        const float *x
        float *dx
        Py_ssize_t output_column
        float *y
        const float *dy
        bint overlapping
        bint relu
        bint sum

    ctypedef struct nativecnn_dropout:
        uint64_t key[2]
        uint64_t step
        double rate

    ctypedef struct nativecnn_response:
        Py_ssize_t radius
        double alpha
        double beta
        double k

    ctypedef struct nativecnn_kernels:
        const char *name
        int tile_pixels
        int tile_filters
        int narrow_pixels
        int narrow_filters
        int winograd_few
        int dense_terms
        int dense_units
        # [rows], from 1 to tile_pixels or narrow_pixels
        const nativecnn_correlate_tile *correlate_tile
        const nativecnn_correlate_tile *correlate_narrow_tile
        const nativecnn_correlate_row *correlate_row
        const nativecnn_correlate_row *correlate_narrow_row
        # [filters], from 1 to NATIVECNN_MAX_PLANE_FILTERS
        const nativecnn_correlate_planes *correlate_planes
        const int *plane_vectors
        void (*kernel_gradient_tile)(
            int segments, int length, bint bias, bint narrow, const nativecnn_gradient_tile *tile,
        ) noexcept nogil
        void (*channel_sums)(
            Py_ssize_t pixels, Py_ssize_t channels, const float *x, Py_ssize_t step, float *sums,
        ) noexcept nogil
        void (*channel_squares)(
            Py_ssize_t pixels, Py_ssize_t channels, const float *x, Py_ssize_t step, const float *mean, float *sums,
        ) noexcept nogil
        void (*channel_gradients)(
            Py_ssize_t pixels, Py_ssize_t channels, const float *dy, const float *x, Py_ssize_t step,
            const float *mean, float *sums, float *products,
        ) noexcept nogil
        void (*channel_means)(
            Py_ssize_t channels, Py_ssize_t pixels, const float *sums, float *means,
        ) noexcept nogil
        void (*normalization_coefficients)(
            Py_ssize_t channels, const float *gamma, const float *beta, const float *mean, const float *variance,
            double epsilon, float *scale, float *shift,
        ) noexcept nogil
        void (*scale_shift_pixels)(
            Py_ssize_t pixels, Py_ssize_t channels, const float *x, const float *scale, const float *shift, bint relu,
            float *y,
        ) noexcept nogil
        void (*normalization_weight_gradients)(
            Py_ssize_t channels, const float *sums, const float *products, const float *variance, double epsilon,
            float *dgamma, float *dbeta,
        ) noexcept nogil
        void (*normalization_gradient_coefficients)(
            Py_ssize_t channels, Py_ssize_t pixels, const float *gamma, const float *variance, double epsilon,
            const float *dgamma, const float *dbeta, float *coefficients,
        ) noexcept nogil
        void (*normalization_input_gradient)(
            Py_ssize_t pixels, Py_ssize_t channels, const float *dy, const float *x, const float *mean,
            const float *coefficients, float *dx,
        ) noexcept nogil
        void (*moving_average)(
            Py_ssize_t count, float *average, const float *value, double momentum,
        ) noexcept nogil
        void (*dropout_tile)(
            Py_ssize_t pixels, Py_ssize_t channels, Py_ssize_t step, const nativecnn_dropout *dropout,
            Py_ssize_t first, const float *x, float *y,
        ) noexcept nogil
        void (*normalize_row)(
            Py_ssize_t count, const float *x, const float *gamma, const float *beta, double epsilon, float *mean,
            float *inverse, float *y,
        ) noexcept nogil
        void (*normalize_row_gradient)(
            Py_ssize_t count, const float *dy, const float *x, const float *gamma, float mean, float inverse,
            float *scratch, float *dx,
        ) noexcept nogil
        void (*row_gradients)(
            Py_ssize_t rows, Py_ssize_t channels, const float *dy, const float *x, Py_ssize_t step, const float *mean,
            const float *inverse, float *sums, float *products,
        ) noexcept nogil
        void (*normalize_response)(
            Py_ssize_t channels, const float *x, const nativecnn_response *response, float *scratch, float *y,
        ) noexcept nogil
        void (*response_gradient)(
            Py_ssize_t channels, const float *dy, const float *x, const nativecnn_response *response, float *scratch,
            float *dx,
        ) noexcept nogil
        winograd_inputs winograd_inputs_2
        winograd_filters winograd_filters_2
        winograd_outputs winograd_outputs_2
        winograd_gradients winograd_gradients_2
        winograd_kernel_gradients winograd_kernel_gradients_2
        winograd_inputs winograd_inputs_4
        winograd_filters winograd_filters_4
        winograd_outputs winograd_outputs_4
        winograd_gradients winograd_gradients_4
        winograd_kernel_gradients winograd_kernel_gradients_4
        winograd_few_products winograd_few_2
        winograd_few_products winograd_few_4
        void (*store_planes)(
            Py_ssize_t filters, Py_ssize_t count, const float *sums, Py_ssize_t step, float *output,
            Py_ssize_t output_step,
        ) noexcept nogil
        void (*dense_block)(
            Py_ssize_t samples, Py_ssize_t inputs, Py_ssize_t units, const float *x, Py_ssize_t x_step,
            Py_ssize_t x_next, const float *kernel, Py_ssize_t kernel_step, int first, float *totals,
        ) noexcept nogil
        void (*dense_transposed_block)(
            Py_ssize_t samples, Py_ssize_t inputs, Py_ssize_t units, const float *dy, Py_ssize_t dy_step,
            Py_ssize_t dy_next, const float *kernel, Py_ssize_t kernel_step, float *totals,
        ) noexcept nogil
        void (*dense_store)(
            Py_ssize_t samples, Py_ssize_t units, const float *totals, const nativecnn_epilogue *epilogue,
            Py_ssize_t filter, float *y, Py_ssize_t y_step,
        ) noexcept nogil
        void (*dense_kernel_gradient_block)(
            Py_ssize_t samples, Py_ssize_t inputs, Py_ssize_t units, const float *x, Py_ssize_t x_step,
            const float *dy, Py_ssize_t dy_step, Py_ssize_t dy_next, int stream, float *dkernel,
            Py_ssize_t dkernel_step,
        ) noexcept nogil
        void (*depthwise_tile)(
            Py_ssize_t tap_rows, Py_ssize_t tap_columns, const nativecnn_depthwise_tile *tile,
        ) noexcept nogil
        void (*depthwise_gradient_tile)(
            Py_ssize_t tap_rows, Py_ssize_t tap_columns, bint bias, const nativecnn_depthwise_gradient_tile *tile,
        ) noexcept nogil
        void (*max_pool_row)(const nativecnn_pooling_row *row) noexcept nogil
        void (*max_pool_gradient_row)(const nativecnn_pooling_row *row) noexcept nogil
        void (*average_pool_row)(const nativecnn_pooling_row *row) noexcept nogil
        void (*average_pool_gradient_row)(const nativecnn_pooling_row *row) noexcept nogil
        void (*add)(Py_ssize_t count, const float *a, const float *b, float *y) noexcept nogil
        void (*subtract)(Py_ssize_t count, const float *a, const float *b, float *y) noexcept nogil
        void (*negate)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*divide)(Py_ssize_t count, const float *x, float divisor, float *y) noexcept nogil
        void (*exp)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*log)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*relu)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*sigmoid)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*tanh)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*relu_gradient)(Py_ssize_t count, const float *dy, const float *y, float *dx) noexcept nogil
        void (*sigmoid_gradient)(Py_ssize_t count, const float *dy, const float *y, float *dx) noexcept nogil
        void (*tanh_gradient)(Py_ssize_t count, const float *dy, const float *y, float *dx) noexcept nogil
        merging_kernel add_all
        merging_kernel multiply_all
        merging_kernel maximum_all
        merging_kernel minimum_all
        merging_gradient_kernel maximum_all_gradient
        merging_gradient_kernel minimum_all_gradient
        void (*relu6)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*hard_sigmoid)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*hard_silu)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*selu)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*softplus)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*softsign)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*silu)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*gelu)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*approximate_gelu)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*mish)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*leaky_relu)(Py_ssize_t count, const float *settings, const float *x, float *y) noexcept nogil
        void (*clipped_relu)(Py_ssize_t count, const float *settings, const float *x, float *y) noexcept nogil
        void (*elu)(Py_ssize_t count, const float *settings, const float *x, float *y) noexcept nogil
        void (*relu6_gradient)(Py_ssize_t count, const float *dy, const float *y, float *dx) noexcept nogil
        void (*hard_sigmoid_gradient)(Py_ssize_t count, const float *dy, const float *y, float *dx) noexcept nogil
        void (*hard_silu_gradient)(Py_ssize_t count, const float *dy, const float *x, float *dx) noexcept nogil
        void (*exp_gradient)(Py_ssize_t count, const float *dy, const float *y, float *dx) noexcept nogil
        void (*selu_gradient)(Py_ssize_t count, const float *dy, const float *y, float *dx) noexcept nogil
        void (*softplus_gradient)(Py_ssize_t count, const float *dy, const float *y, float *dx) noexcept nogil
        void (*softsign_gradient)(Py_ssize_t count, const float *dy, const float *x, float *dx) noexcept nogil
        void (*silu_gradient)(Py_ssize_t count, const float *dy, const float *x, float *dx) noexcept nogil
        void (*gelu_gradient)(Py_ssize_t count, const float *dy, const float *x, float *dx) noexcept nogil
        void (*approximate_gelu_gradient)(Py_ssize_t count, const float *dy, const float *x, float *dx) noexcept nogil
        void (*mish_gradient)(Py_ssize_t count, const float *dy, const float *x, float *dx) noexcept nogil
        void (*leaky_relu_gradient)(
            Py_ssize_t count, const float *settings, const float *dy, const float *y, float *dx,
        ) noexcept nogil
        void (*clipped_relu_gradient)(
            Py_ssize_t count, const float *settings, const float *dy, const float *y, float *dx,
        ) noexcept nogil
        void (*elu_gradient)(
            Py_ssize_t count, const float *settings, const float *dy, const float *y, float *dx,
        ) noexcept nogil
        void (*prelu)(Py_ssize_t count, const float *slopes, const float *x, float *y) noexcept nogil
        void (*prelu_gradient)(
            Py_ssize_t count, const float *slopes, const float *dy, const float *x, float *dx,
        ) noexcept nogil
        void (*prelu_slope_sums)(
            Py_ssize_t pixels, Py_ssize_t slopes, const float *x, const float *dy, Py_ssize_t step, float *sums,
        ) noexcept nogil
        void (*softmax_row)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*softmax_gradient_row)(Py_ssize_t count, const float *dy, const float *y, float *dx) noexcept nogil
        void (*log_softmax_row)(Py_ssize_t count, const float *x, float *y) noexcept nogil
        void (*log_softmax_gradient_row)(Py_ssize_t count, const float *dy, const float *y, float *dx) noexcept nogil
        loss_row softmax_crossentropy_row
        loss_row sigmoid_crossentropy_row
        loss_row categorical_crossentropy_row
        loss_row binary_crossentropy_row
        loss_row kl_divergence_row
        loss_row categorical_hinge_row
        loss_row mean_squared_error_row
        loss_row half_squared_error_row
        loss_row mean_absolute_error_row
        loss_row mean_squared_logarithmic_error_row
        loss_row huber_row
        loss_row log_cosh_row
        loss_row poisson_row
        loss_row hinge_row
        loss_row squared_hinge_row
        optimizer_step sgd
        optimizer_step adam
        optimizer_step nadam
        optimizer_step adamax
        optimizer_step adagrad
        optimizer_step adadelta
        optimizer_step rmsprop
        void (*adjust)(
            Py_ssize_t count, float *weights, const float *gradient, float *adjusted, const double *settings,
        ) noexcept nogil
        sums_of squares
        sums_of magnitudes
        void (*normalize_column)(Py_ssize_t rows, double *column) noexcept nogil
        void (*project_out)(Py_ssize_t rows, const double *column, double *block, int first) noexcept nogil
        void (*pack_rows)(
            Py_ssize_t rows, Py_ssize_t filters, const float *source, Py_ssize_t source_step, float *target,
        ) noexcept nogil
        void (*transpose_tile)(
            Py_ssize_t rows, Py_ssize_t columns, const float *source, Py_ssize_t source_step, float *target,
            Py_ssize_t target_step,
        ) noexcept nogil
        double (*fma_limit)(Py_ssize_t iterations, float *numbers) noexcept nogil

cdef extern from "tile/pages.h":
    ctypedef struct nativecnn_pages:
        void *allocated
        char *memory
    nativecnn_pages nativecnn_allocate(size_t size) noexcept nogil

cdef const nativecnn_kernels *active_kernels() noexcept nogil

# One of the tasks of a call. `thread` is below the call's number of threads, and no two that run at once have the same:
# it chooses scratch memory.
ctypedef void (*share_out_task)(const void *context, Py_ssize_t task, int thread) noexcept nogil

# Calls `function` once for each of the tasks, on at most `threads` threads, under the contract's floating-point state.
cdef void share_out(share_out_task function, const void *context, Py_ssize_t tasks, int threads) noexcept nogil

cdef class Scratch:
    """Memory that one thread's calls use in turn; it only grows."""
    cdef nativecnn_pages pages
    cdef size_t size
    cdef char *reserve(self, size_t size) except NULL

cdef Scratch thread_scratch()
cdef int threads_for(double work) except -1
