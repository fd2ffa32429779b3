"""What verify computes: every operation, over sizes that straddle tiles, the same cases for the same seed."""

import ast
import inspect

import numpy as np
import pytest

import nativecnn
from nativecnn import _kernels, ops
from nativecnn._kernels import runtime
from nativecnn.verify.arrays import LAYOUTS, VALUES, bits, lay_out, random_array
from nativecnn.verify.cases import Circumstance, circumstances, compare, draw_case, thread_counts
from nativecnn.verify.draws import Draws
from nativecnn.verify.families import FAMILIES
from support import assert_same_bits

by_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


@by_family
def test_native_kernels_give_the_references_bits(family):
    for number in range(2 * len(family.operations)):
        case = draw_case(family, 12, number)
        expected = case.reference()
        assert sum(array.size for array in expected) > 0
        for circumstance in circumstances(number):
            assert compare(case, expected, circumstance).differing == 0, (case.settings, circumstance)


@by_family
def test_cases_depend_on_seed_and_number_alone(family, instruction_set):
    def drawn(seed):
        cases = [draw_case(family, seed, number) for number in range(20)]
        return [case.settings for case in cases], [case.arrays() for case in cases[:3]]

    settings, arrays = drawn(7)
    with nativecnn.threads(3):
        again, arrays_again = drawn(7)
    assert again == settings and drawn(8)[0] != settings
    for case, other in zip(arrays, arrays_again, strict=True):
        assert all(
            a is b is None or a.tobytes() == b.tobytes() for a, b in zip(case.values(), other.values(), strict=True)
        )


def test_everything_that_can_be_called_is_compared():
    # By attribute (ops.conv2d), or by name where several share the code.
    mentioned = set()
    modules = {inspect.getmodule(operation.compute) for family in FAMILIES for operation in family.operations}
    for module in modules:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Attribute):
                mentioned.add(node.attr)
            elif isinstance(node, ast.Constant):
                mentioned.add(node.value)
    for compute in [operation.compute for family in FAMILIES for operation in family.operations]:
        if 'f"{name}_gradient"' in inspect.getsource(compute):
            nodes = ast.walk(ast.parse(inspect.getsource(compute)))
            mentioned |= {f"{node.value}_gradient" for node in nodes if isinstance(node, ast.Constant)}
    wanted = set(ops.__all__) - {"backend_name", "use_backend"}
    # conv2d_backward, conv3d_backward and dense_backward call these.
    wanted |= set(_kernels.__all__) - {f"{name}_input_gradient" for name in ("conv2d", "conv3d", "dense")}
    # So do the functions with this ending, average_backward and upsample.
    wanted -= {f"{name}_gradient" for name in ("max_pool3d", "average_pool3d", "concatenate", "upsample", "embedding")}
    wanted -= {"divide", "upsample_bilinear", "upsample_bilinear_gradient"}
    # batch_normalization and batch_normalization_backward call these.
    wanted -= {f"batch_normalization_{part}" for part in ("coefficients", "weight_gradients", "input_gradient")}
    wanted -= {f"layer_normalization_{part}" for part in ("weight_gradients", "input_gradient")}
    wanted -= {"local_response_normalization_gradient"}
    assert wanted <= mentioned


@pytest.mark.parametrize("options", [("strides", "padding", "dilation_rate", "groups", "algorithm", "bias")])
def test_convolutions_have_every_option(options):
    drawn = {name: set() for name in options}
    for family in FAMILIES[:3]:
        for number in range(60):
            settings = draw_case(family, 0, number).settings
            for name in options:
                drawn[name].add(settings[name])
    assert all(len(values) > 1 for values in drawn.values())
    assert {"valid", "same"} < drawn["padding"] and drawn["algorithm"] == {"auto", "direct", "winograd"}


def test_sizes_straddle_the_tiles(instruction_set):
    draws = Draws("test")
    drawn = {draws.size(70) for _ in range(20_000)}
    for tile in runtime.tile_sizes():
        assert {tile - 1, tile, tile + 1, 2 * tile - 1, 2 * tile, 2 * tile + 1} & set(range(1, 71)) <= drawn
    assert {1, 2, 3} <= drawn and max(drawn) <= 70


def test_sizes_keep_to_their_product():
    draws = Draws("test")
    for _ in range(300):
        sizes = draws.sizes(1000, {"a": 40, "b": 40, "c": 300})
        assert list(sorted(sizes)) == ["a", "b", "c"]
        assert np.prod(list(sizes.values())) <= 1000 and min(sizes.values()) >= 1


def test_every_instruction_set_and_number_of_threads_has_its_turn():
    seen = {circumstance for number in range(10) for circumstance in circumstances(number)}
    counts = thread_counts()
    assert {1, 2, 3, nativecnn.get_num_threads()} <= set(counts) and max(counts) > nativecnn.get_num_threads()
    assert seen == {Circumstance(name, count) for name in runtime.supported_instruction_sets() for count in counts}


def test_a_circumstance_leaves_things_as_they_were():
    before = runtime.instruction_set(), nativecnn.get_num_threads(), runtime.set_work_per_thread(77.0)
    try:
        with pytest.raises(ZeroDivisionError), Circumstance("generic", 5).in_force():
            assert (runtime.instruction_set(), nativecnn.get_num_threads()) == ("generic", 5)
            raise ZeroDivisionError
        assert (runtime.instruction_set(), nativecnn.get_num_threads()) == before[:2]
        assert runtime.set_work_per_thread(1) == 77.0
    finally:
        runtime.set_work_per_thread(before[2])


@pytest.mark.parametrize("values", VALUES)
def test_random_arrays_bite(values):
    array = random_array((1, "x"), (100, 100), values)
    assert array.dtype == np.float32 and array.shape == (100, 100)
    assert np.array_equal(bits(array), bits(random_array((1, "x"), (100, 100), values)))
    assert not np.array_equal(bits(array), bits(random_array((2, "x"), (100, 100), values)))
    magnitudes = np.abs(array[np.isfinite(array)])
    with np.errstate(all="ignore"):
        squares = magnitudes * magnitudes
    if values == "plain":
        assert 0.3 < magnitudes.mean() < 1.5 and len(np.unique(array)) > 9900
        assert (array.view(np.uint32) & 1).mean() > 0.3  # the last bit is in use
    elif values == "cancelling":
        assert len(np.unique(array)) == 12
    elif values == "tiny":
        assert (squares == 0).any() and ((squares > 0) & (squares < 2.0**-126)).any() and (array < 0).any()
    elif values == "huge":
        assert np.isinf(squares).any() and np.isfinite(squares).any()
    else:
        assert np.isnan(array).any() and ((magnitudes > 0) & (magnitudes < 2.0**-126)).any()
    if values == "special":
        assert np.isinf(array).any()
        assert {0x0, 0x80000000} <= set(array.view(np.uint32).flat)
        assert 0.9 < np.isfinite(array).mean() < 1


def test_random_arrays_have_their_form():
    assert (random_array((1,), (999,), form="nonnegative") >= 0).all()
    probabilities = random_array((1,), (999,), "plain", "probabilities")
    assert probabilities.min() == 0 and probabilities.max() == 1
    labels = random_array((1,), (999,), "plain", 7)
    assert labels.dtype == np.int64 and set(labels) == set(range(7))


@pytest.mark.parametrize("shape", [(), (5,), (3, 4, 5)])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_keep_the_values(layout, shape):
    array = random_array((1,), shape, "special")
    laid_out = lay_out(array, layout)
    assert_same_bits(laid_out.astype(np.float32), array)
    flags = laid_out.flags
    if layout == "unaligned":
        assert not flags.aligned
    elif layout == "offset":
        assert laid_out.ctypes.data % 8 == 4
    elif layout == "read_only":
        assert not flags.writeable
    elif layout == "float64":
        assert laid_out.dtype == np.float64
    elif len(shape) == 3 and layout != "contiguous":
        assert not flags.c_contiguous


def test_bits_tell_zeros_apart_and_NaN_not():  # noqa: N802
    zero, nan = np.float32(0), np.float32(np.nan)
    assert (
        bits(zero) != bits(-zero) and bits(nan) == bits(-nan) and bits(1.0) != bits(np.nextafter(np.float32(1), zero))
    )
