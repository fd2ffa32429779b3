"""A third implementation of docs/arithmetic.md: scalar loops over exact rational numbers, written from its text.

It shares no code with the reference. Sizes are tiny, since every addition is one of fractions.
"""

import math

import numpy as np
import pytest

from nativecnn import _kernels, reference
from support import Output, assert_same_bits, call, random_array
from support.exact import add, divide, fma

VALUES = ["plain", "cancelling", "tiny", "huge", "special"]

# image, channels, filters, kernel, strides, (padding before, after), dilation, groups
CONVOLUTIONS = [
    ((3, 4), 2, 3, (2, 2), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    ((4, 3), 2, 2, (3, 2), (2, 1), ((1, 1), (0, 2)), (1, 1), 1),
    ((5, 5), 1, 2, (2, 3), (3, 2), ((2, 0), (1, 1)), (2, 1), 1),
    ((3, 3), 4, 2, (2, 2), (1, 2), ((0, 1), (1, 0)), (1, 2), 2),
    ((3, 3), 3, 3, (2, 1), (1, 1), ((1, 1), (1, 1)), (1, 1), 3),
    ((2, 2), 1, 1, (1, 1), (3, 3), ((2, 2), (2, 2)), (1, 1), 1),
]


def dot_product(pairs):
    t = 0.0
    for a, b in pairs:
        t = fma(a, b, t)
    return t


def tree(v):
    if len(v) == 1:
        return v[0]
    m = 1
    while m * 2 < len(v):
        m *= 2
    return add(tree(v[:m]), tree(v[m:]))


def sum_over_batch(samples, rows, columns, combine):
    """Sum over all pixels (n, h, w) in runs; ``combine(n, h, w, total)`` adds a pixel's term."""
    pixels = [(n, h, w) for n in range(samples) for h in range(rows) for w in range(columns)]
    p = rows * columns
    if not pixels:
        return 0.0
    if 2 * p <= 256:
        length = 256 // p * p
        runs = [pixels[i : i + length] for i in range(0, len(pixels), length)]
    else:
        parts = min(rows, math.ceil(p / 256))
        length = math.ceil(rows / parts) * columns
        runs = [pixels[n * p : (n + 1) * p][i : i + length] for n in range(samples) for i in range(0, p, length)]
    sums = []
    for run in runs:
        total = 0.0
        for pixel in run:
            total = combine(*pixel, total)
        sums.append(total)
    return tree(sums)


class Convolution:
    def __init__(self, image, channels, filters, kernel, strides, padding, dilation, groups, values, samples=2):
        self.strides, self.dilation, self.groups = strides, dilation, groups
        self.before = padding[0][0], padding[1][0]
        self.output = tuple(
            (image[i] + sum(padding[i]) - (kernel[i] - 1) * dilation[i] - 1) // strides[i] + 1 for i in (0, 1)
        )
        self.x = random_array(1, (samples, *image, channels), values)
        self.k = random_array(2, (*kernel, channels // groups, filters), values)
        self.bias = random_array(3, (filters,), values)
        self.dy = random_array(4, (samples, *self.output, filters), values)

    @property
    def geometry(self):
        return self.strides, self.before, self.dilation, self.groups

    def pixel(self, image, n, h, w, c):
        inside = 0 <= h < image.shape[1] and 0 <= w < image.shape[2]
        return image[n, h, w, c] if inside else 0.0

    def channel(self, o, i):
        """Return the input channel that element i of filter o's kernel meets."""
        return o // (self.k.shape[3] // self.groups) * self.k.shape[2] + i

    def met(self, h, w, r, s):
        """Return the input pixel that output pixel (h, w) meets with tap (r, s)."""
        return (
            h * self.strides[0] - self.before[0] + r * self.dilation[0],
            w * self.strides[1] - self.before[1] + s * self.dilation[1],
        )

    def forward(self):
        y = np.empty(self.dy.shape, np.float32)
        for n, h, w, o in np.ndindex(y.shape):
            total = dot_product(
                (self.pixel(self.x, n, *self.met(h, w, r, s), self.channel(o, i)), self.k[r, s, i, o])
                for r, s, i in np.ndindex(self.k.shape[:3])
            )
            y[n, h, w, o] = add(total, self.bias[o])
        return y

    def input_gradient(self):
        dx = np.empty(self.x.shape, np.float32)
        group_filters = self.k.shape[3] // self.groups
        for n, h, w, c in np.ndindex(dx.shape):
            group, i = divmod(c, self.k.shape[2])
            reached = []
            for r, s in np.ndindex(self.k.shape[:2]):
                from_row = h + self.before[0] - r * self.dilation[0]
                from_column = w + self.before[1] - s * self.dilation[1]
                if from_row % self.strides[0] == 0 and from_column % self.strides[1] == 0:
                    reached.append((from_row // self.strides[0], from_column // self.strides[1], r, s))
            dx[n, h, w, c] = dot_product(
                (self.pixel(self.dy, n, row, column, o), self.k[r, s, i, o])
                for row, column, r, s in sorted(reached)
                for o in range(group * group_filters, (group + 1) * group_filters)
            )
        return dx

    def kernel_gradient(self):
        dk = np.empty(self.k.shape, np.float32)
        for r, s, i, o in np.ndindex(dk.shape):

            def product(n, h, w, total, r=r, s=s, i=i, o=o):
                x = self.pixel(self.x, n, *self.met(h, w, r, s), self.channel(o, i))
                return fma(x, self.dy[n, h, w, o], total)

            dk[r, s, i, o] = sum_over_batch(len(self.x), *self.output, product)
        return dk

    def bias_gradient(self):
        return np.array(
            [
                sum_over_batch(len(self.x), *self.output, lambda n, h, w, t, o=o: add(t, self.dy[n, h, w, o]))
                for o in range(len(self.bias))
            ],
            np.float32,
        )


@pytest.fixture(params=[reference, _kernels], ids=["reference", "native"])
def backend(request):
    return request.param


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
def test_convolution_and_its_gradients(case, values, backend):
    c = Convolution(*case, values)
    forward = call(backend, "conv2d", c.x, c.k, c.bias, Output(c.dy.shape), *c.geometry)
    assert_same_bits(forward, [c.forward()])
    input_gradient = call(backend, "conv2d_input_gradient", c.dy, c.k, Output(c.x.shape), *c.geometry)
    assert_same_bits(input_gradient, [c.input_gradient()])
    outputs = Output(c.k.shape), Output(c.bias.shape)
    kernel_gradient = call(backend, "conv2d_kernel_gradient", c.x, c.dy, *outputs, *c.geometry)
    assert_same_bits(kernel_gradient, [c.kernel_gradient(), c.bias_gradient()])


@pytest.mark.parametrize("image, samples", [((1, 1), 600), ((9, 15), 3), ((23, 12), 2), ((2, 300), 1), ((5, 7), 16)])
def test_kernel_gradient_in_several_runs(image, samples, backend):
    c = Convolution(image, 1, 1, (1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), 1, "cancelling", samples)
    outputs = Output(c.k.shape), Output(c.bias.shape)
    kernel_gradient = call(backend, "conv2d_kernel_gradient", c.x, c.dy, *outputs, *c.geometry)
    assert_same_bits(kernel_gradient, [c.kernel_gradient(), c.bias_gradient()])


@pytest.mark.parametrize("values", VALUES)
def test_dense_and_its_gradients(values, backend):
    x, k, bias, dy = (random_array(i, shape, values) for i, shape in enumerate([(5, 4), (4, 3), (3,), (5, 3)]))
    y = [[add(dot_product(zip(row, k[:, u], strict=True)), bias[u]) for u in range(3)] for row in x]
    assert_same_bits(call(backend, "dense", x, k, bias, Output(dy.shape)), [np.array(y, np.float32)])
    dx = [[dot_product(zip(row, k[j], strict=True)) for j in range(4)] for row in dy]
    assert_same_bits(call(backend, "dense_input_gradient", dy, k, Output(x.shape)), [np.array(dx, np.float32)])
    dk = [
        [sum_over_batch(5, 1, 1, lambda n, h, w, t, j=j, u=u: fma(x[n, j], dy[n, u], t)) for u in range(3)]
        for j in range(4)
    ]
    db = [sum_over_batch(5, 1, 1, lambda n, h, w, t, u=u: add(t, dy[n, u])) for u in range(3)]
    gradients = call(backend, "dense_kernel_gradient", x, dy, Output(k.shape), Output(bias.shape))
    assert_same_bits(gradients, [np.array(dk, np.float32), np.array(db, np.float32)])


@pytest.mark.parametrize("values", ["plain", "cancelling", "tiny"])
def test_average_pooling_and_squared_error(values, backend):
    x = random_array(1, (1, 3, 3, 2), values)
    y = np.empty((1, 2, 2, 2), np.float32)
    for _, h, w, c in np.ndindex(y.shape):
        pixels = [x[0, r, s, c] for r in range(2 * h, min(2 * h + 2, 3)) for s in range(2 * w, min(2 * w + 2, 3))]
        total = 0.0
        for pixel in pixels:
            total = add(total, pixel)
        y[0, h, w, c] = divide(total, len(pixels))
    assert_same_bits(call(backend, "average_pool2d", x, Output(y.shape), (2, 2), (2, 2), (0, 0)), [y])

    p, t = random_array(2, (4, 3), values), random_array(3, (4, 3), values)
    d = [[add(p[n, j], -t[n, j]) for j in range(3)] for n in range(4)]
    loss = [divide(dot_product(zip(row, row, strict=True)), 3) for row in d]
    gradient = [[divide(add(value, value), 12) for value in row] for row in d]
    expected = [np.array(loss, np.float32), np.array(gradient, np.float32)]
    assert_same_bits(call(backend, "mean_squared_error", p, t, Output((4,)), Output((4, 3))), expected)
