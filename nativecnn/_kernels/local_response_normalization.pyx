"""Local response normalization, pixel by pixel."""

from .runtime cimport (
    Scratch, active_kernels, nativecnn_kernels, nativecnn_response, share_out, thread_scratch, threads_for,
)

cdef enum:
    TASK_FLOATS = 8192
    SCRATCH_ROWS = 3     # of a thread, as long as a pixel
    ELEMENT_WORK = 32    # in multiply-adds

cdef struct Responses:
    const nativecnn_kernels *kernels
    nativecnn_response settings
    Py_ssize_t pixels
    Py_ssize_t channels
    Py_ssize_t task_pixels
    const float *x
    const float *dy              # or NULL
    float *result
    float *scratch


cdef void normalize_task(const void *context, Py_ssize_t task, int thread) noexcept nogil:
    cdef const Responses *run = <const Responses *> context
    cdef Py_ssize_t first = task * run.task_pixels, pixel, offset
    cdef float *scratch = run.scratch + thread * SCRATCH_ROWS * run.channels
    for pixel in range(first, min(run.pixels, first + run.task_pixels)):
        offset = pixel * run.channels
        if run.dy is NULL:
            run.kernels.normalize_response(run.channels, run.x + offset, &run.settings, scratch, run.result + offset)
        else:
            run.kernels.response_gradient(
                run.channels, run.dy + offset, run.x + offset, &run.settings, scratch, run.result + offset,
            )


cdef int normalize(Responses *run, Py_ssize_t size, double alpha, double beta, double k) except -1:
    run.settings.radius = min(size // 2, run.channels - 1)
    run.settings.alpha, run.settings.beta, run.settings.k = alpha, beta, k
    run.kernels = active_kernels()
    run.task_pixels = max(1, TASK_FLOATS // run.channels)
    cdef int threads = threads_for(<double> run.pixels * run.channels * ELEMENT_WORK)
    cdef Scratch scratch = thread_scratch()
    run.scratch = <float *> scratch.reserve(threads * SCRATCH_ROWS * run.channels * sizeof(float))
    with nogil:
        share_out(normalize_task, run, (run.pixels + run.task_pixels - 1) // run.task_pixels, threads)
    return 0


def local_response_normalization(
    const float[:, ::1] x, Py_ssize_t size, double alpha, double beta, double k, float[:, ::1] y,
):
    cdef Responses run
    run.pixels, run.channels = x.shape[0], x.shape[1]
    if run.pixels == 0 or run.channels == 0:
        return
    run.x, run.dy, run.result = &x[0, 0], NULL, &y[0, 0]
    normalize(&run, size, alpha, beta, k)


def local_response_normalization_gradient(
    const float[:, ::1] dy, const float[:, ::1] x, Py_ssize_t size, double alpha, double beta, double k,
    float[:, ::1] dx,
):
    cdef Responses run
    run.pixels, run.channels = x.shape[0], x.shape[1]
    if run.pixels == 0 or run.channels == 0:
        return
    run.x, run.dy, run.result = &x[0, 0], &dy[0, 0], &dx[0, 0]
    normalize(&run, size, alpha, beta, k)
