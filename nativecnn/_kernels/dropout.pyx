"""Dropout. Any element's random number is computed by itself, so tasks are any pieces of the array."""

from libc.stdint cimport uint64_t

from .runtime cimport active_kernels, nativecnn_dropout, nativecnn_kernels, share_out, threads_for

cdef extern from "tile/kernels.h":
    enum:
        NATIVECNN_DROPOUT_CHANNELS

cdef enum:
    TASK_FLOATS = 8192
    ELEMENT_WORK = 16    # in multiply-adds

cdef struct Dropout:
    const nativecnn_kernels *kernels
    nativecnn_dropout settings
    Py_ssize_t pixels
    Py_ssize_t channels
    Py_ssize_t task_pixels
    Py_ssize_t task_channels
    Py_ssize_t pixel_tasks       # of a sample
    Py_ssize_t channel_tasks     # of a pixel
    const float *x
    float *y


cdef void dropout_task(const void *context, Py_ssize_t task, int _thread) noexcept nogil:
    cdef const Dropout *run = <const Dropout *> context
    cdef Py_ssize_t channel = task % run.channel_tasks * run.task_channels
    cdef Py_ssize_t piece = task // run.channel_tasks
    cdef Py_ssize_t sample = piece // run.pixel_tasks, pixel = piece % run.pixel_tasks * run.task_pixels
    cdef Py_ssize_t offset = (sample * run.pixels + pixel) * run.channels + channel
    run.kernels.dropout_tile(
        min(run.task_pixels, run.pixels - pixel), min(run.task_channels, run.channels - channel), run.channels,
        &run.settings, sample * run.channels + channel, run.x + offset, run.y + offset,
    )


def dropout(const float[:, :, ::1] x, key, uint64_t step, double rate, float[:, :, ::1] y):
    cdef Dropout run
    cdef Py_ssize_t samples = x.shape[0]
    run.kernels, run.pixels, run.channels = active_kernels(), x.shape[1], x.shape[2]
    run.settings.key[0], run.settings.key[1] = key & 0xffffffffffffffff, key >> 64
    run.settings.step, run.settings.rate = step, rate
    if samples == 0 or run.pixels == 0 or run.channels == 0:
        return
    run.x, run.y = &x[0, 0, 0], &y[0, 0, 0]
    run.task_channels = min(run.channels, <Py_ssize_t> NATIVECNN_DROPOUT_CHANNELS)
    run.task_pixels = max(1, TASK_FLOATS // run.task_channels)
    run.channel_tasks = (run.channels + run.task_channels - 1) // run.task_channels
    run.pixel_tasks = (run.pixels + run.task_pixels - 1) // run.task_pixels
    cdef int threads = threads_for(<double> samples * run.pixels * run.channels * ELEMENT_WORK)
    with nogil:
        share_out(dropout_task, &run, samples * run.pixel_tasks * run.channel_tasks, threads)
