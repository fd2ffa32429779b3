"""Every operation of the functional interface on fixed arrays, to be computed under one circumstance and another."""

import numpy as np

from nativecnn import ops
from nativecnn.ops.backend import kernels

from .activations import ACTIVATIONS, READ_INPUT
from .arrays import random_array


def _convolution(x_shape, kernel_shape, values="plain", **options):
    x, kernel = random_array(1, x_shape, values), random_array(2, kernel_shape, values)
    bias = random_array(3, kernel_shape[3:], values)
    dy = random_array(4, ops.conv2d(x, kernel, bias, **options).shape, values)
    return lambda: (ops.conv2d(x, kernel, bias, **options), *ops.conv2d_backward(dy, x, kernel, **options))


def _dense(samples, inputs, units, values):
    x, kernel = random_array(1, (samples, inputs), values), random_array(2, (inputs, units), values)
    bias, dy = random_array(3, (units,), values), random_array(4, (samples, units), values)
    return lambda: (ops.dense(x, kernel, bias), *ops.dense_backward(dy, x, kernel))


def _pooling(x_shape, values="plain", **options):
    x = random_array(1, x_shape, values)
    dy = random_array(2, ops.max_pool2d(x, **options).shape, values)
    return lambda: (
        ops.max_pool2d(x, **options),
        ops.max_pool2d_backward(dy, x, **options),
        ops.average_pool2d(x, **options),
        ops.average_pool2d_backward(dy, x_shape[1:3], **options),
    )


def _batch_normalization(shape, values="plain"):
    x, dy = random_array(1, shape, values), random_array(2, shape, values)
    gamma, beta = random_array(3, shape[-1:], values), random_array(4, shape[-1:], values)

    def compute():
        mean, variance = ops.batch_statistics(x)
        gradients = ops.batch_normalization_backward(dy, x, mean, variance, gamma)
        return mean, variance, ops.batch_normalization(x, mean, variance, gamma, beta), *gradients

    return compute


def _layer_normalization(shape, values="plain"):
    x, dy = random_array(1, shape, values), random_array(2, shape, values)
    gamma, beta = random_array(3, shape[-1:], values), random_array(4, shape[-1:], values)
    return lambda: (ops.layer_normalization(x, gamma, beta), *ops.layer_normalization_backward(dy, x, gamma))


def _local_response_normalization(values):
    x, dy = random_array(1, (3, 9, 8, 37), values), random_array(2, (3, 9, 8, 37), values)

    def compute():
        results = []
        for settings in ({}, {"size": 9, "alpha": 0.3, "beta": 0.6, "k": 1}):
            results.append(ops.local_response_normalization(x, **settings))
            results.append(ops.local_response_normalization_backward(dy, x, **settings))
        return results

    return compute


def _dropout(shape):
    x = random_array(1, shape, "special")
    return lambda: [ops.dropout(x, 0.3, step=5, spatial=spatial) for spatial in (False, True)]


def _activations(values):
    x, dy = random_array(1, (33, 301), values), random_array(2, (33, 301), values)

    def compute():
        results = [ops.exp(x), ops.log(x)]
        for name in ("relu", "sigmoid", "tanh", "softmax"):
            y = getattr(ops, name)(x)
            results += [y, getattr(ops, f"{name}_backward")(dy, y)]
        return results

    return compute


def _more_activations(values):
    x, dy = random_array(1, (33, 301), values), random_array(2, (33, 301), values)
    settings = {"leaky_relu": (0.3,), "clipped_relu": (2.5, 0.1), "elu": (0.7,)}

    def compute():
        results = [ops.exp_backward(dy, x), ops.gelu(x, approximate=True), ops.gelu_backward(dy, x, approximate=True)]
        for name in ACTIVATIONS:
            y = getattr(ops, name)(x, *settings.get(name, ()))
            at = x if name in READ_INPUT else y
            results += [y, getattr(ops, f"{name}_backward")(dy, at, *settings.get(name, ()))]
        return results

    return compute


def _prelu(shape, slopes, values):
    x, dy, alpha = (random_array(i, s, values) for i, s in enumerate((shape, shape, slopes)))
    return lambda: (ops.prelu(x, alpha), *ops.prelu_backward(dy, x, alpha))


def _losses(values):
    predictions, targets = random_array(1, (700, 10), values), abs(random_array(2, (700, 10), values))
    probabilities = np.float32(0.5) + np.clip(predictions, -1, 1) / np.float32(2)
    labels = np.arange(700) % 10

    def compute():
        results = []
        for name in ("softmax_crossentropy", "sigmoid_crossentropy", "mean_squared_error", "half_squared_error"):
            results += getattr(ops, name)(predictions, targets)
        for name in ("mean_absolute_error", "huber", "log_cosh", "hinge", "squared_hinge", "categorical_hinge"):
            results += getattr(ops, name)(predictions, targets, sample_weight=targets[:, 0])
        for name in ("mean_squared_logarithmic_error", "poisson", "kl_divergence"):
            results += getattr(ops, name)(probabilities, targets)
        results += ops.softmax_crossentropy(predictions, labels)
        for name in ("categorical_crossentropy", "binary_crossentropy"):
            results += getattr(ops, name)(probabilities, targets, label_smoothing=0.1)
        return [np.float32(result) for result in results]

    return compute


def _optimizers(values):
    start = [random_array(i, (50, 33), values) for i in range(4)]

    def compute():
        weights, gradient, mean, variance = (array.copy() for array in start)
        for momentum, nesterov in ((0.9, False), (0.9, True)):
            kernels().sgd(weights, gradient, mean, 0.0123, momentum, nesterov)
        kernels().sgd(weights, gradient, None, 0.1, 0.0, False)
        kernels().adam(weights, gradient, mean, abs(variance), 1e-3, 0.9, 0.999, 1e-7)
        adjustment = 1e-3, 1e-2, 0.5, 0.7, 1e-4
        kernels().adagrad(weights, gradient, abs(variance), 1e-3, 1e-7, adjustment)
        kernels().rmsprop(weights, gradient, abs(variance), mean.copy(), mean, 1e-3, 0.9, 0.9, 1e-7, adjustment)
        y = np.empty_like(weights)
        kernels().add(weights, gradient, y)
        return weights, mean, y

    return compute


def _transposed_convolution(x_shape, kernel_shape, values="plain", **options):
    x, kernel = random_array(1, x_shape, values), random_array(2, kernel_shape, values)
    bias = random_array(3, (kernel_shape[2] * options.get("groups", 1),), values)
    dy = random_array(4, ops.conv2d_transpose(x, kernel, bias, **options).shape, values)
    return lambda: (
        ops.conv2d_transpose(x, kernel, bias, **options),
        *ops.conv2d_transpose_backward(dy, x, kernel, **options),
    )


def _convolution_3d(x_shape, kernel_shape, values="plain", **options):
    x, kernel = random_array(1, x_shape, values), random_array(2, kernel_shape, values)
    bias = random_array(3, kernel_shape[4:], values)
    dy = random_array(4, ops.conv3d(x, kernel, bias, **options).shape, values)
    return lambda: (ops.conv3d(x, kernel, bias, **options), *ops.conv3d_backward(dy, x, kernel, **options))


def _shaping(values):
    x, other = random_array(1, (3, 9, 8, 7, 19), values), random_array(2, (3, 9, 8, 7, 19), values)
    lines, table = random_array(3, (5, 77, 19), values), random_array(4, (300, 19), values)
    tokens = np.random.default_rng(5).integers(0, 300, (5, 77))

    def compute():
        results = [ops.add(x, other, x), ops.subtract(x, other), ops.average(x, other, x), ops.multiply(x, other, x)]
        results += [ops.maximum(x, other), ops.minimum(x, other), ops.concatenate(x, other), ops.average_backward(x, 3)]
        for name in ("multiply_backward", "maximum_backward", "minimum_backward"):
            results += getattr(ops, name)(x, x, other)
        results += ops.concatenate_backward(x, (1, 3, 3), axis=3)
        for array, kind in ((x, "3d"), (lines, "1d")):
            for pool in ("max", "average"):
                results.append(getattr(ops, f"{pool}_pool{kind}")(array, pool_size=3, strides=2, padding="same"))
        dy = np.ones_like(results[-2]), results[-1]
        results += [
            ops.max_pool3d_backward(x[:, :5, :4, :4], x, pool_size=3, strides=2, padding="same"),
            ops.average_pool3d_backward(x[:, :3, :2, :2], (9, 8, 7), pool_size=3, strides=3),
            ops.max_pool1d_backward(dy[0], lines, pool_size=3, strides=2, padding="same"),
            ops.average_pool1d_backward(dy[1], 77, pool_size=3, strides=2, padding="same"),
        ]
        results += [ops.zero_pad(x, (1, 2, 3)), ops.crop(x, (1, 2, 3)), ops.permute(x, (4, 0, 3, 1, 2))]
        results += [ops.upsample(x, (1, 2, 3)), ops.upsample_backward(x, (3, 2, 7))]
        return [*results, ops.embedding(tokens, table), ops.embedding_backward(lines, tokens, 300)]

    return compute


OPERATIONS = {
    "conv2d": _convolution((3, 13, 12, 5), (3, 3, 5, 19), padding="same"),
    "conv2d of cancelling values": _convolution((3, 13, 12, 5), (3, 3, 5, 19), "cancelling", strides=2, padding=1),
    "conv2d of tiny values": _convolution((2, 9, 8, 17), (2, 3, 17, 9), "tiny"),
    "conv2d of special values": _convolution((2, 9, 8, 17), (2, 3, 17, 9), "special", dilation_rate=(2, 1)),
    "conv2d of many channels": _convolution((2, 5, 7, 300), (1, 2, 300, 40), "cancelling"),
    "conv2d by Winograd's algorithm": _convolution(
        (3, 13, 12, 17), (3, 3, 17, 35), padding="same", algorithm="winograd"
    ),
    "conv2d by Winograd's algorithm, small": _convolution((9, 2, 3, 5), (3, 3, 5, 9), padding=1, algorithm="winograd"),
    "conv2d in groups": _convolution((3, 11, 12, 6), (3, 3, 3, 10), groups=2),
    "depthwise conv2d": _convolution((3, 20, 17, 37), (3, 3, 1, 37), "cancelling", groups=37, padding="same"),
    "transposed conv2d": _transposed_convolution((3, 9, 8, 17), (3, 2, 19, 17), strides=2, padding="same"),
    "transposed conv2d of special values": _transposed_convolution((2, 9, 8, 17), (3, 3, 9, 17), "special", strides=3),
    "transposed conv2d by Winograd's algorithm": _transposed_convolution(
        (3, 11, 12, 17), (3, 3, 35, 17), algorithm="winograd"
    ),
    "transposed conv2d in groups": _transposed_convolution((3, 11, 12, 6), (3, 3, 5, 6), "cancelling", groups=2),
    "conv3d": _convolution_3d((3, 5, 6, 9, 5), (3, 2, 3, 5, 19), padding="same"),
    "conv3d of special values": _convolution_3d((2, 5, 4, 9, 17), (2, 3, 2, 17, 9), "special", strides=2),
    "conv3d in groups": _convolution_3d((2, 4, 6, 8, 6), (3, 3, 3, 3, 10), "cancelling", groups=2),
    "dense": _dense(300, 70, 33, "cancelling"),
    "dense of tiny values": _dense(600, 10, 9, "tiny"),
    "pooling": _pooling((5, 13, 14, 9), "cancelling", pool_size=3, strides=2, padding="same", ceil_mode=True),
    "pooling of special values": _pooling((3, 9, 9, 33), "special", pool_size=2),
    "batch normalization": _batch_normalization((9, 13, 14, 37)),
    "batch normalization of cancelling values": _batch_normalization((3, 40, 9), "cancelling"),
    "batch normalization of tiny values": _batch_normalization((2, 20, 21, 17), "tiny"),
    "batch normalization of special values": _batch_normalization((5, 9, 9, 300), "special"),
    "layer normalization": _layer_normalization((20, 30, 37)),
    "layer normalization of cancelling values": _layer_normalization((700, 100), "cancelling"),
    "layer normalization of special values": _layer_normalization((9, 5, 5, 33), "special"),
    "local response normalization": _local_response_normalization("plain"),
    "local response normalization of special values": _local_response_normalization("special"),
    "dropout": _dropout((9, 301, 40)),
    "merging, reshaping, embeddings": _shaping("cancelling"),
    "merging, reshaping, embeddings of special values": _shaping("special"),
    "activations": _activations("plain"),
    "activations of tiny values": _activations("tiny"),
    "activations of special values": _activations("special"),
    "more activations": _more_activations("plain"),
    "more activations of tiny values": _more_activations("tiny"),
    "more activations of special values": _more_activations("special"),
    "PReLU with slopes of channels": _prelu((5, 13, 14, 33), (1, 1, 33), "cancelling"),
    "PReLU with slopes of elements": _prelu((300, 5, 4, 3), (5, 4, 3), "cancelling"),
    "PReLU with slopes of columns": _prelu((5, 13, 40, 3), (1, 40, 1), "cancelling"),
    "losses": _losses("plain"),
    "losses of cancelling values": _losses("cancelling"),
    "optimizers": _optimizers("plain"),
    "optimizers on tiny values": _optimizers("tiny"),
}
