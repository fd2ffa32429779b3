"""The second opinion on the arithmetic contract: the C of tests/second_opinion, called as ``nativecnn.ops`` is."""

import ctypes
import hashlib
import math
import os
import shlex
import shutil
import subprocess
import sys
from functools import partialmethod
from pathlib import Path

import numpy as np

from .second_opinion_activations import MoreActivations

SOURCES = Path(__file__).parents[1] / "second_opinion"
FLAGS = ["-std=c11", "-O1", "-ffp-contract=off", "-shared", "-fPIC"]
_LIBRARIES = (["-lm"], ["-lquadmath", "-lm"])  # long double of 113 bits, or gcc's __float128


class CannotBuildError(Exception):
    """There is no C compiler here, or it has no functions of 113 bits."""


class Window(ctypes.Structure):
    """``struct window`` of second_opinion.h."""

    _fields_ = [
        (name, ctypes.c_int64)
        for name in (
            "samples rows columns channels window_rows window_columns stride_rows stride_columns padding_rows "
            "padding_columns dilation_rows dilation_columns output_rows output_columns filters groups"
        ).split()
    ]


class SecondOpinion(MoreActivations):
    """Functions named and called as those of ``nativecnn.ops``, and the optimizers and random numbers besides.

    Parameters
    ----------
    folder : pathlib.Path
        Where the library is built.

    Raises
    ------
    CannotBuildError
        If this machine lacks what it takes.
    """

    def __init__(self, folder):
        self._library = _build(folder)

    # ---- Convolution ----

    def conv2d(self, x, kernel, bias=None, *, algorithm="auto", **settings):
        window, m = self.convolution(x, kernel, algorithm, **settings)
        y = np.empty((window.samples, window.output_rows, window.output_columns, window.filters), np.float32)
        if m:
            self._call("winograd_conv2d", window, m, x, kernel, bias, y)
        else:
            self._call("conv2d", window, x, kernel, bias, y)
        return y

    def conv2d_backward(self, dy, x, kernel, *, algorithm="auto", **settings):
        window, m = self.convolution(x, kernel, algorithm, **settings)
        dx, dkernel, dbias = (np.empty(shape, np.float32) for shape in (x.shape, kernel.shape, kernel.shape[3:]))
        if m:
            self._call("winograd_input_gradient", window, m, dy, kernel, dx)
            self._call("winograd_kernel_gradient", window, m, x, dy, dkernel)
        else:
            self._call("conv2d_input_gradient", window, dy, kernel, dx)
            self._call("conv2d_kernel_gradient", window, x, dy, dkernel)
        self._call("conv2d_bias_gradient", window, dy, dbias)
        return dx, dkernel, dbias

    def convolution(self, x, kernel, algorithm, *, strides=1, padding="valid", dilation_rate=1, groups=1):
        """Return the window, and Winograd's m or 0 for the direct algorithm."""
        window, after = self.window(x.shape, kernel.shape[:2], strides, padding, dilation_rate)
        window.filters, window.groups = kernel.shape[3], groups
        winograd = algorithm == "winograd" or (
            algorithm == "auto" and self._integer("auto_takes_winograd", ctypes.byref(window), *after)
        )
        return window, self.winograd_m(window.output_rows, window.output_columns) if winograd else 0

    def winograd_m(self, rows, columns):
        """Return the m of Winograd's algorithm for an output of this size."""
        return self._integer("winograd_m", rows, columns)

    def window(self, shape, taps, strides, padding, dilation=1, ceil_mode=False):
        """Return the window and the padding (below, to the right)."""
        strides, dilation = _pair(strides), _pair(dilation)
        axes = list(zip(shape[1:3], taps, strides, dilation, strict=True))
        if padding == "same":
            before = [self._integer("same_padding_before", *axis) for axis in axes]
            after = [self._integer("same_padding_after", *axis) for axis in axes]
        elif padding == "valid":
            before = after = [0, 0]
        elif isinstance(padding, int):
            before = after = [padding, padding]
        else:
            before, after = zip(*padding, strict=True)
        output = [
            self._integer("number_of_windows", *axis, *sides, ceil_mode)
            for axis, sides in zip(axes, zip(before, after, strict=True), strict=True)
        ]
        return Window(*shape, *taps, *strides, *before, *dilation, *output), after

    # ---- Dense ----

    def dense(self, x, kernel, bias=None):
        y = np.empty((len(x), kernel.shape[1]), np.float32)
        self._call("dense", len(x), *kernel.shape, x, kernel, bias, y)
        return y

    def dense_backward(self, dy, x, kernel):
        dx, dkernel, dbias = (np.empty(shape, np.float32) for shape in (x.shape, kernel.shape, kernel.shape[1:]))
        self._call("dense_input_gradient", len(x), *kernel.shape, dy, kernel, dx)
        self._call("dense_kernel_gradient", len(x), *kernel.shape, x, dy, dkernel, dbias)
        return dx, dkernel, dbias

    # ---- Pooling ----

    def max_pool2d(self, x, **settings):
        return self._pool("max_pool2d", x, **settings)

    def average_pool2d(self, x, **settings):
        return self._pool("average_pool2d", x, **settings)

    def max_pool2d_backward(self, dy, x, **settings):
        dx = np.empty_like(x)
        self._call("max_pool2d_gradient", self._pooling(x.shape, **settings), dy, x, dx)
        return dx

    def average_pool2d_backward(self, dy, image, **settings):
        dx = np.empty((len(dy), *image, dy.shape[3]), np.float32)
        self._call("average_pool2d_gradient", self._pooling(dx.shape, **settings), dy, dx)
        return dx

    def _pool(self, function, x, **settings):
        window = self._pooling(x.shape, **settings)
        y = np.empty((window.samples, window.output_rows, window.output_columns, window.channels), np.float32)
        self._call(function, window, x, y)
        return y

    def _pooling(self, shape, *, pool_size=2, strides=None, padding="valid", ceil_mode=False):
        taps = _pair(pool_size)
        window, _ = self.window(shape, taps, taps if strides is None else strides, padding, ceil_mode=ceil_mode)
        return window

    # ---- Normalization and dropout ----

    def batch_statistics(self, x):
        mean, variance = np.empty(x.shape[-1], np.float32), np.empty(x.shape[-1], np.float32)
        self._call("batch_statistics", *_image_shape(x), x, mean, variance)
        return mean, variance

    def batch_normalization(self, x, mean, variance, gamma=None, beta=None, *, epsilon=1e-3):
        y = np.empty_like(x)
        channels = x.shape[-1]
        self._call("batch_normalization", x.size // channels, channels, x, mean, variance, gamma, beta, epsilon, y)
        return y

    def batch_normalization_backward(self, dy, x, mean, variance, gamma=None, *, epsilon=1e-3):
        results = np.empty_like(x), np.empty_like(mean), np.empty_like(mean)
        arguments = dy, x, mean, variance, gamma, epsilon, *results
        self._call("batch_normalization_backward", *_image_shape(x), *arguments)
        return results

    def layer_normalization(self, x, gamma=None, beta=None, *, epsilon=1e-3):
        y = np.empty_like(x)
        self._call("layer_normalization", x.size // x.shape[-1], x.shape[-1], x, gamma, beta, epsilon, y)
        return y

    def layer_normalization_backward(self, dy, x, gamma=None, *, epsilon=1e-3):
        results = np.empty_like(x), np.empty(x.shape[-1], np.float32), np.empty(x.shape[-1], np.float32)
        self._call("layer_normalization_backward", *_image_shape(x), dy, x, gamma, epsilon, *results)
        return results

    def local_response_normalization(self, x, *, size, alpha, beta, k):
        y = np.empty_like(x)
        arguments = x.size // x.shape[-1], x.shape[-1], x, size, alpha, beta, k, y
        self._call("local_response_normalization", *arguments)
        return y

    def local_response_normalization_backward(self, dy, x, *, size, alpha, beta, k):
        dx = np.empty_like(x)
        arguments = x.size // x.shape[-1], x.shape[-1], dy, x, size, alpha, beta, k, dx
        self._call("local_response_normalization_backward", *arguments)
        return dx

    def dropout(self, x, rate, *, seed, step, spatial):
        y = np.empty_like(x)
        shape = (x.shape[0], math.prod(x.shape[1:-1]), x.shape[-1]) if spatial else (1, 1, x.size)
        self._call("dropout", *shape, x, _philox_key((seed, "dropout")), step, rate, y)
        return y

    # ---- Elementary functions and activations ----

    def exp(self, x):
        return self._elementwise("correct_exp_array", x)

    def log(self, x):
        return self._elementwise("correct_log_array", x)

    def tanh(self, x):
        return self._elementwise("correct_tanh_array", x)

    def sigmoid(self, x):
        return self._elementwise("correct_sigmoid_array", x)

    def relu(self, x):
        return self._elementwise("relu_array", x)

    def softmax(self, x):
        y = np.empty_like(x)
        self._call("softmax", x.size // x.shape[-1], x.shape[-1], x, y)
        return y

    def relu_backward(self, dy, y):
        return self._elementwise("relu_gradient", dy, y)

    def sigmoid_backward(self, dy, y):
        return self._elementwise("sigmoid_gradient", dy, y)

    def tanh_backward(self, dy, y):
        return self._elementwise("tanh_gradient", dy, y)

    def softmax_backward(self, dy, y):
        dx = np.empty_like(y)
        self._call("softmax_gradient", y.size // y.shape[-1], y.shape[-1], dy, y, dx)
        return dx

    def _elementwise(self, function, *arrays):
        result = np.empty_like(arrays[0])
        self._call(function, result.size, *arrays, result)
        return result

    # ---- Losses ----

    def _loss(self, name, predictions, targets, **settings):
        if targets.ndim == 1:
            targets = np.eye(predictions.shape[1], dtype=np.float32)[targets]
        gradient = np.empty_like(predictions)
        arguments = *predictions.shape, predictions, targets, gradient, *settings.values()
        return self._call(name, *arguments, result=ctypes.c_float), gradient

    softmax_crossentropy = partialmethod(_loss, "softmax_crossentropy")
    sigmoid_crossentropy = partialmethod(_loss, "sigmoid_crossentropy")
    categorical_crossentropy = partialmethod(_loss, "categorical_crossentropy")
    binary_crossentropy = partialmethod(_loss, "binary_crossentropy")
    mean_squared_error = partialmethod(_loss, "mean_squared_error")
    half_squared_error = partialmethod(_loss, "half_squared_error")
    mean_absolute_error = partialmethod(_loss, "mean_absolute_error")
    mean_squared_logarithmic_error = partialmethod(_loss, "mean_squared_logarithmic_error")
    log_cosh = partialmethod(_loss, "log_cosh")
    poisson = partialmethod(_loss, "poisson")
    hinge = partialmethod(_loss, "hinge")
    squared_hinge = partialmethod(_loss, "squared_hinge")
    kl_divergence = partialmethod(_loss, "kl_divergence")
    categorical_hinge = partialmethod(_loss, "categorical_hinge")

    def huber(self, predictions, targets, *, delta=1.0):
        return self._loss("huber", predictions, targets, delta=delta)

    # ---- Optimizers: w and what is remembered of it are changed in place ----

    def sgd(self, w, g, learning_rate):
        self._call("sgd", w.size, w, g, float(learning_rate))

    def sgd_with_momentum(self, w, g, v, learning_rate, momentum, nesterov):
        self._call("sgd_with_momentum", w.size, w, g, v, float(learning_rate), float(momentum), nesterov)

    def adam(self, w, g, m, v, learning_rate, beta_1, beta_2, epsilon, step):
        settings = map(float, (learning_rate, beta_1, beta_2, epsilon))
        self._call("adam", w.size, w, g, m, v, *settings, step)

    def step(self, name, w, g, *arguments):
        """Take a step of another optimizer, by its name, with what it remembers, its settings, perhaps its number."""
        self._call(name, w.size, w, g, *arguments)

    def before_step(self, w, g, *settings):
        self._call("before_step", w.size, w, g, *settings)

    def sum_of_squares(self, v):
        return self._call("sum_of_squares", v.size, v, result=ctypes.c_double)

    def number(self, function, *arguments):
        """Return what a function gives that gives a float64 number."""
        return self._call(function, *arguments, result=ctypes.c_double)

    # ---- Random numbers: of the stream of a key such as (0, "shuffle") ----

    def random_words(self, key, count, step=0):
        return self._random("random_words", key, count, step, np.uint64)

    def random_uniform(self, key, count, step=0):
        return self._random("random_uniform", key, count, step, np.float32)

    def random_permutation(self, key, count, step=0):
        return self._random("random_permutation", key, count, step, np.int64)

    def glorot_uniform(self, key, shape):
        weight = np.empty(shape, np.float32)
        self._call("glorot_uniform", _philox_key(key), math.prod(shape[:-2]), *shape[-2:], weight)
        return weight

    def normal(self, key, shape, mean, deviation, truncated):
        weight = np.empty(shape, np.float32)
        self._call("normal", weight.size, self.random_words(key, weight.size), mean, deviation, truncated, weight)
        return weight

    def orthogonal(self, key, shape, gain):
        weight = np.empty(shape, np.float32)
        words = self.random_words(key, weight.size)
        self._call("orthogonal", weight.size // shape[-1], shape[-1], words, gain, weight)
        return weight

    def _random(self, function, key, count, step, dtype):
        values = np.empty(count, dtype)
        self._call(function, _philox_key(key), step, count, values)
        return values

    # ---- Calls ----

    def _integer(self, function, *arguments):
        return self._call(function, *arguments, result=ctypes.c_int64)

    def _call(self, function, *arguments, result=None):
        call = self._library[function]
        call.restype = result
        value = call(*map(_as_c, arguments))
        undecided = ctypes.c_int64.in_dll(self._library, "undecided").value
        assert undecided == 0, "113 bits do not tell to which side a result is to be rounded"
        return value


def _build(folder):
    compiler = shlex.split(os.environ.get("CC", "cc"))
    if shutil.which(compiler[0]) is None:
        raise CannotBuildError(f"no C compiler: {compiler[0]}")
    sources = sorted(map(str, SOURCES.glob("*.c")))
    for number, libraries in enumerate(_LIBRARIES):
        library = folder / f"second_opinion_{number}.so"
        command = [*compiler, *FLAGS, *sources, "-o", str(library), *libraries]
        built = subprocess.run(command, capture_output=True, text=True)
        if built.returncode and sys.platform == "linux" and number == 0:
            raise RuntimeError(f"{shlex.join(command)}\n{built.stderr}")  # an error in the sources skips no test
        problem = built.stderr.strip()
        if built.returncode == 0:
            try:
                return ctypes.CDLL(str(library))
            except OSError as error:
                problem = str(error)
    raise CannotBuildError(f"no functions of 113 bits for the second opinion: {problem}")


def _philox_key(key):
    """Return the two words of a stream's key; it is plain ASCII here."""
    text = "[" + ", ".join(f'"{part}"' if isinstance(part, str) else str(part) for part in key) + "]"
    return np.frombuffer(hashlib.sha256(text.encode("ascii")).digest()[:16], "<u8").astype(np.uint64)


def _image_shape(x):
    """Return samples, rows, columns and channels of samples of any rank, as batch normalization numbers pixels."""
    pixels = x.shape[1:-1]
    if len(pixels) < 2:
        return x.shape[0], *(pixels or (1,)), 1, x.shape[-1]
    return x.shape[0], math.prod(pixels[:-1]), pixels[-1], x.shape[-1]


def _pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def _as_c(argument):
    if argument is None:
        return None
    if isinstance(argument, np.ndarray):
        assert argument.flags.c_contiguous and argument.dtype in (np.float32, np.uint64, np.int64)
        return ctypes.c_void_p(argument.ctypes.data)
    if isinstance(argument, Window):
        return ctypes.byref(argument)
    if isinstance(argument, float):
        return ctypes.c_double(argument)
    if isinstance(argument, int):
        return ctypes.c_int64(argument)
    return argument
