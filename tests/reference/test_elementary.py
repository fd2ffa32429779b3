"""exp, log, tanh, sigmoid: correctly rounded, and the same bits from NumPy and from C."""

import decimal
import subprocess
from pathlib import Path

import numpy as np
import pytest

from nativecnn.reference import elementary
from support.elementary import FUNCTIONS, compile_c, compiled_functions, floats_from

HERE = Path(__file__).parent
INSTRUCTION_SET_FLAGS = {"generic": [], "avx2": ["-mavx2", "-mfma"]}

INFINITY = float("inf")
NAN = float("nan")
LARGEST = float(np.finfo(np.float32).max)
SMALLEST_NORMAL = 2.0**-126
SMALLEST = 2.0**-149

# x and the whole float32 result, signs of zeros included
SPECIAL_VALUES = {
    "exp": [
        (0.0, 1.0),
        (-0.0, 1.0),
        (SMALLEST, 1.0),
        (-SMALLEST, 1.0),
        (float.fromhex("0x1.62e42ep+6"), float.fromhex("0x1.ffff08p+127")),  # the largest finite result
        (float.fromhex("0x1.62e430p+6"), INFINITY),
        (LARGEST, INFINITY),
        (INFINITY, INFINITY),
        (float.fromhex("-0x1.9fe368p+6"), SMALLEST),  # the smallest result above 0
        (float.fromhex("-0x1.9fe36ap+6"), 0.0),
        (-LARGEST, 0.0),
        (-INFINITY, 0.0),
        (NAN, NAN),
    ],
    "log": [
        (1.0, 0.0),
        (0.0, -INFINITY),
        (-0.0, -INFINITY),
        (SMALLEST, float.fromhex("-0x1.9d1da0p+6")),
        (LARGEST, float.fromhex("0x1.62e430p+6")),
        (-SMALLEST, NAN),
        (-1.0, NAN),
        (-LARGEST, NAN),
        (-INFINITY, NAN),
        (INFINITY, INFINITY),
        (NAN, NAN),
    ],
    "tanh": [
        (0.0, 0.0),
        (-0.0, -0.0),
        (SMALLEST, SMALLEST),
        (-SMALLEST, -SMALLEST),
        (SMALLEST_NORMAL, SMALLEST_NORMAL),
        (LARGEST, 1.0),
        (-LARGEST, -1.0),
        (INFINITY, 1.0),
        (-INFINITY, -1.0),
        (NAN, NAN),
    ],
    "sigmoid": [
        (0.0, 0.5),
        (-0.0, 0.5),
        (SMALLEST, 0.5),
        (-SMALLEST, 0.5),
        (LARGEST, 1.0),
        (INFINITY, 1.0),
        (float.fromhex("-0x1.9fe368p+6"), SMALLEST),
        (float.fromhex("-0x1.9fe36ap+6"), 0.0),
        (-LARGEST, 0.0),
        (-INFINITY, 0.0),
        (NAN, NAN),
    ],
}

# Inputs whose exact results lie closest to the middle between two float32 values, as MPFR found them
HARDEST_CASES = {
    "exp": [
        ("-0x1.d2259ap+3", "0x1.fa6636p-22"),
        ("-0x1.e1dbe2p-8", "0x1.fc3fd2p-1"),
        ("-0x1.65cf30p+6", "0x1.edb9c0p-130"),
        ("0x1.fdff02p-17", "0x1.000100p+0"),
        ("-0x1.c1c4b8p-10", "0x1.ff1f4ep-1"),
        ("-0x1.000000p-25", "0x1.000000p+0"),
    ],
    "log": [
        ("0x1.b121a6p+76", "0x1.a9a3f2p+5"),
        ("0x1.bacb4ap+25", "0x1.1e0696p+4"),
        ("0x1.c09d7cp+27", "0x1.346a58p+4"),
        ("0x1.2f1fd6p+3", "0x1.1fcbcep+1"),
        ("0x1.22d570p-65", "-0x1.676a7cp+5"),
        ("0x1.5190c0p+78", "0x1.b2bc8cp+5"),
        ("0x1.827a74p-7", "-0x1.1c2b1ep+2"),
        ("0x1.6351d8p+95", "0x1.08b512p+6"),
    ],
    "tanh": [
        ("-0x1.86fbc4p-10", "-0x1.86fbb2p-10"),
        ("0x1.dc0accp-2", "0x1.bc797cp-2"),
        ("-0x1.a83722p-6", "-0x1.a81ee0p-6"),
        ("0x1.5969a0p+2", "0x1.fffaa0p-1"),
    ],
    "sigmoid": [
        ("-0x1.000000p-24", "0x1.000000p-1"),
        ("0x1.000000p-23", "0x1.000000p-1"),
        ("-0x1.800000p-23", "0x1.fffffep-2"),
        ("0x1.800000p-22", "0x1.000002p-1"),
        ("-0x1.400000p-22", "0x1.fffffcp-2"),
        ("-0x1.c00000p-22", "0x1.fffffap-2"),
        ("0x1.400000p-21", "0x1.000004p-1"),
        ("0x1.200000p-20", "0x1.000008p-1"),
    ],
}

# Where an algorithm changes its case or a result its form; tests take 200 neighbours on either side of each
BOUNDARIES = [0.0, SMALLEST_NORMAL, 2.0**-25, 2.0**-24, 2.0**-12, 0.5, 2**-0.5, 1.0, 2**0.5, 2.0, 9.010913]
BOUNDARIES += [16.635532, 17.32868, 32.0, 87.33655, 88.72284, 89.0, 103.27893, 103.97208, 104.0, LARGEST]
BOUNDARIES += [(k + 0.5) * 0.6931471805599453 for k in range(0, 150, 7)]


def reference(name, x):
    return getattr(elementary, name + "_of")(x)


def different_values(actual, expected):
    """Indices at which two float32 arrays differ in a bit; any NaN equals any NaN."""
    different = actual.view(np.uint32) != expected.view(np.uint32)
    return np.flatnonzero(different & ~(np.isnan(actual) & np.isnan(expected)))


def assert_same_values(name, x, actual, expected):
    wrong = different_values(actual, expected)
    shown = [f"{name}({x[i]!r}): expected {expected[i]!r}, got {actual[i]!r}" for i in wrong[:5]]
    assert wrong.size == 0, f"{wrong.size} of {x.size} differ: " + "; ".join(shown)


def random_bit_patterns(count, seed):
    raw = np.random.Philox(key=seed).random_raw(count)
    return (raw >> np.uint64(32)).astype(np.uint32).view(np.float32)


def boundary_values():
    bits = np.array(BOUNDARIES, dtype=np.float32).view(np.int32)
    neighbours = (bits[:, None] + np.arange(-200, 201)).ravel()
    positive = neighbours[neighbours >= 0].astype(np.int32).view(np.float32)
    return np.concatenate([positive, -positive])


def listed_values():
    special = [x for pairs in SPECIAL_VALUES.values() for x, _ in pairs]
    hard = [float.fromhex(x) for pairs in HARDEST_CASES.values() for x, _ in pairs]
    return np.array(special + hard, dtype=np.float32)


def skip_unless_processor_has(instruction_set):
    if instruction_set != "generic":
        cpuinfo = Path("/proc/cpuinfo")
        if not cpuinfo.exists() or not {"avx2", "fma"} <= set(cpuinfo.read_text().split()):
            pytest.skip("this processor does not say that it has AVX2 and FMA")


@pytest.fixture(scope="module", params=list(INSTRUCTION_SET_FLAGS))
def native(request, tmp_path_factory):
    """The C functions as native(name, x), compiled for an instruction set."""
    skip_unless_processor_has(request.param)
    library = tmp_path_factory.mktemp("elementary") / f"{request.param}.so"
    return compiled_functions(library, INSTRUCTION_SET_FLAGS[request.param])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_special_values(name):
    x, expected = np.array(SPECIAL_VALUES[name], dtype=np.float32).T.copy()
    assert_same_values(name, x, reference(name, x), expected)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_hardest_cases_are_correctly_rounded(name):
    pairs = [(float.fromhex(x), float.fromhex(y)) for x, y in HARDEST_CASES[name]]
    x, expected = np.array(pairs, dtype=np.float32).T.copy()
    assert_same_values(name, x, reference(name, x), expected)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_sampled_inputs_are_correctly_rounded(name):
    x = np.concatenate([listed_values(), boundary_values(), random_bit_patterns(1_000_000, seed=1)])
    assert_same_values(name, x, reference(name, x), correctly_rounded(name, x))


def correctly_rounded(name, x):
    """NumPy's float64 function where it decides the rounding with a wide margin, mpmath elsewhere."""
    mpmath = pytest.importorskip("mpmath", reason="mpmath decides the roundings close to a tie")
    exact = {"exp": mpmath.exp, "log": mpmath.log, "tanh": mpmath.tanh}
    exact["sigmoid"] = lambda value: 1 / (1 + mpmath.exp(-value))
    with np.errstate(over="ignore", invalid="ignore"):
        approximate = reference(name, x.astype(np.float64))
        rounded = (approximate * (1 - 2.0**-44)).astype(np.float32)
        other = (approximate * (1 + 2.0**-44)).astype(np.float32)
    undecided = different_values(rounded, other)
    with mpmath.workprec(300):
        for i in undecided:
            rounded[i] = nearest_float32(exact[name](mpmath.mpf(float(x[i]))))
    return rounded


def nearest_float32(value):
    """Round an mpmath number to float32, subnormals included (a tie does not occur)."""
    import mpmath

    exponent = max(int(mpmath.floor(mpmath.log(abs(value), 2))) - 23, -149)
    return np.float32(float(mpmath.ldexp(mpmath.nint(mpmath.ldexp(value, -exponent)), exponent)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_native_and_reference_agree_on_sampled_inputs(name, native):
    x = np.concatenate([listed_values(), boundary_values(), random_bit_patterns(4_000_000, seed=2)])
    assert_same_values(name, x, native(name, x), reference(name, x))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_results_do_not_depend_on_the_neighbours_in_the_array(name, native):
    x = random_bit_patterns(67, seed=3)
    alone = np.concatenate([native(name, x[i : i + 1]) for i in range(x.size)])
    assert_same_values(name, x, native(name, x), alone)
    assert_same_values(name, x, reference(name, x), alone)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (1,), (2, 3, 4)])
def test_shape_and_dtype_are_kept(name, shape):
    for dtype in (np.float32, np.float64):
        y = reference(name, np.ones(shape, dtype))
        assert y.shape == shape
        assert y.dtype == dtype


@pytest.mark.parametrize("name", FUNCTIONS)
def test_float64_arrays_are_evaluated_in_float64(name):
    formula = {"exp": np.exp, "log": np.log, "tanh": np.tanh, "sigmoid": lambda x: 1 / (1 + np.exp(-x))}[name]
    x = np.linspace(0.1, 30, 1000)
    assert np.array_equal(reference(name, x), formula(x))


@pytest.mark.parametrize("name", ["exp", "log"])
def test_output_array_is_filled_and_may_be_the_input(name):
    x = random_bit_patterns(1000, seed=4)
    y = np.empty_like(x)
    assert getattr(elementary, name)(x, y) is None
    assert_same_values(name, x, y, reference(name, x))
    in_place = x.copy()
    getattr(elementary, name)(in_place, in_place)
    assert_same_values(name, x, in_place, y)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_input_warns(name):
    reference(name, listed_values())
    for x in listed_values():
        reference(name, np.array(x))


def test_constants_are_the_stated_roundings():
    """ln 2 and its parts, and the square root of 1/2, recomputed in exact and 60-digit arithmetic."""
    with decimal.localcontext(decimal.Context(prec=60)):
        ln2 = decimal.Decimal(2).ln()
        high = (ln2 * 2**42).to_integral_value(decimal.ROUND_HALF_EVEN) / 2**42
        assert elementary.LN2_HIGH == float(high)
        assert decimal.Decimal(elementary.LN2_HIGH) == high
        assert elementary.LN2_LOW == float(ln2 - high)
        assert elementary.INVERSE_LN2 == float(1 / ln2)
        root_of_half = float(decimal.Decimal("0.5").sqrt())
    assert elementary.ROOT_OF_HALF_BITS == np.float64(root_of_half).view(np.uint64)


@pytest.mark.long
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("instruction_set", list(INSTRUCTION_SET_FLAGS))
def test_every_input_is_correctly_rounded(name, instruction_set, tmp_path):
    skip_unless_processor_has(instruction_set)
    probe = tmp_path / "probe.c"
    probe.write_text("#include <mpfr.h>\nint main(void) { mpfr_free_cache(); return 0; }\n")
    if compile_c([probe, "-o", tmp_path / "probe", "-lmpfr", "-lgmp"]).returncode != 0:
        pytest.skip("MPFR's development files are not installed")
    program = tmp_path / "elementary_exhaustive"
    flags = INSTRUCTION_SET_FLAGS[instruction_set]
    source = HERE / "elementary_exhaustive.c"
    completed = compile_c([*flags, source, "-o", program, "-lmpfr", "-lgmp", "-lm"])
    assert completed.returncode == 0, completed.stderr
    completed = subprocess.run([program, name], capture_output=True, text=True)
    print(completed.stdout)
    assert completed.returncode == 0, completed.stdout
    assert completed.stdout.endswith(" 0 wrong\n")


@pytest.mark.long
@pytest.mark.parametrize("name", FUNCTIONS)
def test_native_and_reference_agree_on_every_input(name, native):
    block = 1 << 16
    for first in range(0, 1 << 32, block):
        x = floats_from(first, block)
        assert_same_values(name, x, native(name, x), reference(name, x))
