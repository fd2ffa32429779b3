"""Strategies for hypothesis: any valid call of pooling along one and three axes, merging, reshaping, embedding."""

import numpy as np
from hypothesis import strategies as st

from .strategies import _TILES as TILES
from .strategies import Call, array_forms, axes, integer_forms
from .strategies import _array_arguments as array_arguments
from .strategies import _sequences as sequences
from .strategies import _shapes as shapes

_SMALL = st.sampled_from((2, 3, 1, 4))


@st.composite
def size_forms(draw, sizes):
    """One of the forms in which sizes, one for each axis, may be given."""
    if len(set(sizes)) == 1 and draw(st.booleans()):
        return draw(integer_forms(sizes[0]))
    return draw(sequences([integer_forms(size) for size in sizes]))


@st.composite
def side_forms(draw, sides):
    """One of the forms in which pixels before and after each axis may be given."""
    if len({pixels for side in sides for pixels in side}) == 1 and draw(st.booleans()):
        return draw(integer_forms(sides[0][0]))
    if len(sides) == 1 and draw(st.booleans()):
        return draw(sequences([integer_forms(pixels) for pixels in sides[0]]))
    return draw(sequences([sequences([integer_forms(pixels) for pixels in side]) for side in sides]))


@st.composite
def _pooling(draw, function):
    count = int(function.split("pool")[1][0])
    padding, ceil_mode = draw(st.sampled_from(("valid", "same", "pixels"))), draw(st.booleans())
    sides = [draw(axes(True, padding, ceil_mode)) for _ in range(count)]
    samples, channels = draw(st.sampled_from((1, 2, 0))), draw(st.sampled_from((*TILES, 0)))
    x = (samples, *(side.size for side in sides), channels)
    y = (samples, *(side.outputs for side in sides), channels)
    settings = {
        "pool_size": draw(size_forms([side.window for side in sides])),
        "strides": draw(size_forms([side.stride for side in sides])),
        "padding": draw(side_forms([side.pixels for side in sides])) if padding == "pixels" else padding,
    }
    if ceil_mode or draw(st.booleans()):
        settings["ceil_mode"] = draw(st.sampled_from((ceil_mode, np.bool_(ceil_mode))))
    named, results = {"x": x}, [y]
    if function.startswith("max") and function.endswith("backward"):
        named, results = {"dy": y, "x": x}, [x]
    elif function.endswith("backward"):
        named, results = {"dy": y}, [x]
        settings["steps" if count == 1 else "volume"] = draw(size_forms([side.size for side in sides]))
    given, plain = draw(array_arguments(**named))
    numbers = {
        "strides": tuple(side.stride for side in sides),
        "padding": tuple(side.pixels for side in sides),
    }
    return Call(function, given | settings, plain, results, numbers)


@st.composite
def _merging(draw, function):
    shape = draw(shapes())
    named, settings, results = {}, {}, [shape]
    if function.endswith("_backward"):
        named = {"dy": shape}
    if function == "average_backward":
        settings["count"] = draw(integer_forms(draw(st.integers(1, 9))))
    else:
        results = [shape] * (1 + len(named))
        named |= {"a": shape, "b": shape}
    given, plain = draw(array_arguments(**named))
    return Call(function, given | settings, plain, results)


@st.composite
def _concatenation(draw, function):
    shape, sizes = draw(shapes(last_axis=True)), draw(st.lists(st.sampled_from((1, 2, 0, 17)), min_size=2))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    sizes = sizes if function == "concatenate_backward" else sizes[:2]

    def with_size(size):
        return tuple(size if n == axis % len(shape) else s for n, s in enumerate(shape))

    settings = {} if axis == -1 and draw(st.booleans()) else {"axis": axis}
    if function == "concatenate":
        given, plain = draw(array_arguments(a=with_size(sizes[0]), b=with_size(sizes[1])))
        return Call(function, given | settings, plain, [with_size(sum(sizes))], settings)
    given, plain = draw(array_arguments(dy=with_size(sum(sizes))))
    settings["sizes"] = draw(sequences([integer_forms(size) for size in sizes]))
    return Call(function, given | settings, plain, [with_size(size) for size in sizes], settings)


@st.composite
def _moving(draw, function):
    count = draw(st.integers(1, 3))
    settings, sizes = {}, [draw(_SMALL) for _ in range(count)]
    samples, channels = draw(st.sampled_from((1, 2, 0))), draw(st.sampled_from((*TILES, 0)))
    small = (samples, *sizes, channels)
    if function.startswith("upsample"):
        factors = [draw(st.integers(1, 3)) for _ in sizes]
        large = (samples, *(size * factor for size, factor in zip(sizes, factors, strict=True)), channels)
        setting, value = "size", draw(size_forms(factors))
        forward = function == "upsample"
        settings = {"interpolation": "bilinear"} if count == 2 and draw(st.booleans()) else {}
    else:
        sides = [(draw(st.integers(0, 3)), draw(st.integers(0, 3))) for _ in sizes]
        large = (samples, *(size + sum(side) for size, side in zip(sizes, sides, strict=True)), channels)
        setting, value = {"zero_pad": "padding", "crop": "cropping"}[function], draw(side_forms(sides))
        forward = function == "zero_pad"
    name = "dy" if function.endswith("backward") else "x"
    given, plain = draw(array_arguments(**{name: small if forward else large}))
    return Call(function, given | settings | {setting: value}, plain, [large if forward else small])


@st.composite
def _permutation(draw, function):
    shape = draw(shapes())
    order = draw(st.permutations(range(len(shape))))
    given, plain = draw(array_arguments(x=shape))
    form = draw(sequences([integer_forms(axis) for axis in order]))
    return Call(function, given | {"axes": form}, plain, [tuple(shape[axis] for axis in order)])


@st.composite
def _embedding(draw, function):
    rows, columns, shape = draw(st.sampled_from(TILES)), draw(st.sampled_from((*TILES, 0))), draw(shapes())
    dtype = draw(st.sampled_from(("f4", "f8", "i1", "u8", ">i4")))
    tokens = np.random.default_rng(draw(st.integers(0, 99))).integers(0, rows, shape).astype(dtype)
    plain_tokens = np.array(tokens, np.float32)
    if function == "embedding":
        table, plain = draw(array_forms((rows, columns)))
        arrays = {"tokens": plain_tokens, "table": plain}
        return Call(function, {"tokens": tokens, "table": table}, arrays, [(*shape, columns)])
    dy, plain = draw(array_forms((*shape, columns)))
    settings = {"rows": draw(integer_forms(rows))}
    arrays = {"dy": plain, "tokens": plain_tokens}
    return Call(function, {"dy": dy, "tokens": tokens} | settings, arrays, [(rows, columns)])


POOLING = tuple(f"{kind}_pool{n}d{end}" for kind in ("max", "average") for n in (1, 3) for end in ("", "_backward"))
MERGING = ("add", "average", "average_backward", "maximum", "maximum_backward", "minimum", "minimum_backward")
MERGING += ("multiply", "multiply_backward", "subtract")

SHAPING_CALLS = {
    **{name: _pooling(name) for name in POOLING},
    **{name: _merging(name) for name in MERGING},
    **{name: _concatenation(name) for name in ("concatenate", "concatenate_backward")},
    **{name: _moving(name) for name in ("zero_pad", "crop", "upsample", "upsample_backward")},
    "permute": _permutation("permute"),
    **{name: _embedding(name) for name in ("embedding", "embedding_backward")},
}
