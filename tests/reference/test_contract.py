"""A third implementation of docs/arithmetic.md: scalar loops over exact rational numbers, written from its text.

It shares no code with the reference. Sizes are tiny, since every addition is one of fractions.
"""

import itertools
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
@pytest.mark.parametrize("name", ["winograd_2x2", "winograd_4x4"])
@pytest.mark.parametrize("image, before, after", [((4, 3), (1, 0), (1, 2)), ((2, 5), (3, 2), (0, 1))], ids=str)
def test_winograd_convolution_and_its_gradients(name, image, before, after, values, backend):
    c = Convolution(image, 2, 2, (3, 3), (1, 1), tuple(zip(before, after, strict=True)), (1, 1), 1, values)
    y = winograd_correlation(c, name, c.x, (-before[0], -before[1]), c.k, c.dy.shape)
    for place in np.ndindex(y.shape):
        y[place] = add(y[place], c.bias[place[3]])
    assert_same_bits(call(backend, "conv2d", c.x, c.k, c.bias, Output(y.shape), *c.geometry, name), [y])
    turned = c.k[::-1, ::-1].swapaxes(2, 3)
    dx = winograd_correlation(c, name, c.dy, (before[0] - 2, before[1] - 2), turned, c.x.shape)
    assert_same_bits(call(backend, "conv2d_input_gradient", c.dy, c.k, Output(dx.shape), *c.geometry, name), [dx])
    outputs = Output(c.k.shape), Output(c.bias.shape)
    kernel_gradient = call(backend, "conv2d_kernel_gradient", c.x, c.dy, *outputs, *c.geometry, name)
    assert_same_bits(kernel_gradient, [winograd_kernel_gradient(c, name), c.bias_gradient()])


@pytest.mark.parametrize("name, image, samples", [("winograd_2x2", (3, 2), 200), ("winograd_4x4", (1, 5), 300)])
def test_winograd_kernel_gradient_in_several_runs(name, image, samples, backend):
    c = Convolution(image, 1, 1, (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 1, "cancelling", samples)
    outputs = Output(c.k.shape), Output(c.bias.shape)
    kernel_gradient = call(backend, "conv2d_kernel_gradient", c.x, c.dy, *outputs, *c.geometry, name)
    assert_same_bits(kernel_gradient, [winograd_kernel_gradient(c, name), c.bias_gradient()])


def winograd_correlation(c, name, image, start, kernel, shape):
    """Return what a kernel makes of an image, the first tile's square beginning at ``start``."""
    tile, line = WINOGRAD[name]
    result = np.empty(shape, np.float32)
    u = {(i, o): square(line.filter, kernel[:, :, i, o]) for i, o in np.ndindex(kernel.shape[2:])}
    for n, h, w in itertools.product(range(shape[0]), range(0, shape[1], tile), range(0, shape[2], tile)):
        corner = n, h + start[0], w + start[1]
        v = [square(line.input, square_of(c, image, *corner, i, tile + 2)) for i in range(kernel.shape[2])]
        for o in range(shape[3]):
            m = np.empty((tile + 2, tile + 2))
            for a, b in np.ndindex(m.shape):
                m[a, b] = dot_product((v[i][a][b], u[i, o][a][b]) for i in range(kernel.shape[2]))
            y = square(line.output, m)
            for r, s in np.ndindex(min(tile, shape[1] - h), min(tile, shape[2] - w)):
                result[n, h + r, w + s, o] = y[r][s]
    return result


def winograd_kernel_gradient(c, name):
    tile, line = WINOGRAD[name]
    dk = np.empty(c.k.shape, np.float32)
    tiles = [math.ceil(size / tile) for size in c.output]
    for i, o in np.ndindex(c.k.shape[2:]):
        v, w = {}, {}
        for place in np.ndindex(len(c.x), *tiles):
            n, h, left = place[0], place[1] * tile, place[2] * tile
            v[place] = square(line.input, square_of(c, c.x, n, h - c.before[0], left - c.before[1], i, tile + 2))
            w[place] = square(line.gradient, square_of(c, c.dy, n, h, left, o, tile))
        d = np.empty((tile + 2, tile + 2))
        for a, b in np.ndindex(d.shape):

            def product(n, row, column, total, a=a, b=b, v=v, w=w):
                return fma(v[n, row, column][a][b], w[n, row, column][a][b], total)

            d[a, b] = sum_over_batch(len(c.x), *tiles, product)
        dk[:, :, i, o] = square(line.kernel, d)
    return dk


def square_of(c, image, n, top, left, channel, size):
    return [[c.pixel(image, n, top + r, left + s, channel) for s in range(size)] for r in range(size)]


def square(transform, values):
    """Apply a transform of lines to each column, then to each row of the result."""
    down = [transform(*(row[j] for row in values)) for j in range(len(values[0]))]
    return [transform(*(column[i] for column in down)) for i in range(len(down[0]))]


def minus(a, b):
    return add(a, -b)


class Line2:
    """Winograd's transforms of lines, tiles of 2."""

    @staticmethod
    def input(d0, d1, d2, d3):
        return minus(d0, d2), add(d1, d2), minus(d2, d1), minus(d3, d1)

    @staticmethod
    def filter(g0, g1, g2):
        t = add(g0, g2)
        return g0, fma(0.5, add(t, g1), -0.0), fma(0.5, minus(t, g1), -0.0), g2

    @staticmethod
    def gradient(g0, g1):
        return g0, fma(0.5, add(g0, g1), -0.0), fma(0.5, minus(g0, g1), -0.0), g1

    @staticmethod
    def output(m0, m1, m2, m3):
        return add(add(m0, m1), m2), add(minus(m1, m2), m3)

    @staticmethod
    def kernel(m0, m1, m2, m3):
        return add(add(m0, m1), m2), minus(m1, m2), add(add(m1, m2), m3)


class Line4:
    """The same, tiles of 4."""

    a, b, p, q, pq, s = 5 / 8, 3 / 2, 25 / 64, 9 / 4, 225 / 256, 169 / 64
    c0, ca, cb = map(float.fromhex, ("0x1.234568p+0", "-0x1.607668p-1", "0x1.e98802p-4"))
    a1, a2, a3 = map(float.fromhex, ("-0x1.b89402p-2", "-0x1.135c82p-2", "-0x1.5833a2p-3"))
    b1, b2, b3 = map(float.fromhex, ("0x1.6f2602p-3", "0x1.135c82p-2", "0x1.9d0ac2p-2"))

    @classmethod
    def input(cls, d0, d1, d2, d3, d4, d5):
        f, e, h, g = fma(-cls.q, d1, d3), fma(-cls.q, d2, d4), fma(-cls.p, d1, d3), fma(-cls.p, d2, d4)
        first, last = fma(cls.pq, d0, fma(-cls.s, d2, d4)), fma(cls.pq, d1, fma(-cls.s, d3, d5))
        return first, fma(cls.a, f, e), fma(-cls.a, f, e), fma(cls.b, h, g), fma(-cls.b, h, g), last

    @classmethod
    def filter(cls, g0, g1, g2):
        t, u = fma(cls.p, g2, g0), fma(cls.q, g2, g0)
        return g0, fma(cls.a, g1, t), fma(-cls.a, g1, t), fma(cls.b, g1, u), fma(-cls.b, g1, u), g2

    @classmethod
    def gradient(cls, g0, g1, g2, g3):
        t, o, u, v = fma(cls.p, g2, g0), fma(cls.p, g3, g1), fma(cls.q, g2, g0), fma(cls.q, g3, g1)
        return g0, fma(cls.a, o, t), fma(-cls.a, o, t), fma(cls.b, v, u), fma(-cls.b, v, u), g3

    @classmethod
    def output(cls, m0, m1, m2, m3, m4, m5):
        s1, d1, s2, d2 = add(m1, m2), minus(m1, m2), add(m3, m4), minus(m3, m4)
        y0 = fma(cls.cb, s2, fma(cls.ca, s1, fma(cls.c0, m0, -0.0)))
        y1, y2 = fma(cls.b1, d2, fma(cls.a1, d1, -0.0)), fma(cls.b2, s2, fma(cls.a2, s1, -0.0))
        return y0, y1, y2, fma(cls.b3, d2, fma(cls.a3, d1, m5))

    @classmethod
    def kernel(cls, m0, m1, m2, m3, m4, m5):
        y0, y1, *_ = cls.output(m0, m1, m2, m3, m4, m5)
        return y0, y1, fma(cls.b2, add(m3, m4), fma(cls.a2, add(m1, m2), m5))


WINOGRAD = {"winograd_2x2": (2, Line2), "winograd_4x4": (4, Line4)}


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
