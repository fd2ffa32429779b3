"""verify finds kernels that are wrong, makes the case small, and says how to repeat it."""

import re
import time
from types import SimpleNamespace

import numpy as np
import pytest

import nativecnn
import nativecnn._kernels as native
from nativecnn._kernels import runtime
from nativecnn.verify import session, verify
from nativecnn.verify.cases import Circumstance, Family, circumstances, compare, draw_case
from nativecnn.verify.families import FAMILIES
from nativecnn.verify.families.elementwise import ADDITION
from nativecnn.verify.shrinking import shrink
from nativecnn.verify.snippet import snippet

CONVOLUTIONS = [family.name for family in FAMILIES[:3]]


def run(seconds=0.05, seed=0, **options):
    """Return what verify returns and the texts it printed."""
    texts = []
    return verify(seconds, seed, print_fn=texts.append, **options), texts


def families_in(texts):
    """Return by family the numbers of its line: cases, values, compared, differing."""
    pattern = re.compile(r"^(\S.*?)  +([\d,]+)  +([\d,]+)  +([\d,]+)  +([\d,]+)$", re.MULTILINE)
    return {name: [int(n.replace(",", "")) for n in numbers] for name, *numbers in pattern.findall("\n".join(texts))}


def spoil(monkeypatch, function, output, condition=lambda arguments: True):
    """Let a native function flip the last bit of its output's last number, where a condition on its arguments holds."""
    right = getattr(native, function)

    def wrong(*arguments, **options):
        right(*arguments, **options)
        array = arguments[output]
        if array is not None and array.size and condition(arguments):
            last = array.reshape(-1)[-1:]
            last.view(np.uint32)[...] = np.where(np.isnan(last), 0, last.view(np.uint32) ^ 1)

    monkeypatch.setattr(native, function, wrong)


def executed(program):
    namespace = {}
    exec(program, namespace)
    return namespace


@pytest.fixture(autouse=True)
def restored_runtime():
    """The printed programs change the process they run in."""
    name, work = runtime.instruction_set(), runtime.set_work_per_thread(1)
    runtime.set_work_per_thread(work)
    yield
    runtime.set_instruction_set(name)
    runtime.set_work_per_thread(work)
    nativecnn.use_backend("native")


@pytest.fixture
def one_family(monkeypatch):
    """Only additions are compared, and trainings."""
    monkeypatch.setattr(session, "FAMILIES", (ADDITION,))


@pytest.fixture(scope="module")
def finished():
    """Return what a run of two seconds came to, printed, and took."""
    begun = time.perf_counter()
    same, texts = run(2)
    return same, texts, time.perf_counter() - begun


def test_all_families_are_told_with_a_total(finished):
    same, texts, _ = finished
    rows = families_in(texts)
    assert same and list(rows) == [*(family.name for family in FAMILIES), "total"]
    assert rows["total"] == [sum(column) for column in zip(*(rows[family.name] for family in FAMILIES), strict=True)]
    assert all(
        cases >= 1 and compared >= 2 * values > 0 and differing == 0
        for cases, values, compared, differing in rows.values()
    )
    header = texts[0]
    for word in (nativecnn.__version__, "contract 2", "processor", *runtime.supported_instruction_sets(), "seed"):
        assert word in header
    assert "no difference" in texts[-1]


def test_columns_are_aligned(finished):
    (table,) = (text for text in finished[1] if "differing" in text)
    assert len({len(line) for line in table.strip().splitlines()}) == 1


def test_it_keeps_to_its_time(finished):
    assert 2 <= finished[2] < 20  # much, where the machine has other work to do


def test_families_share_the_time_until_they_have_many_values(monkeypatch):
    clock = [0.0]
    values = {"slow": 1_000, "medium": 100_000, "fast": 400_000}

    def compare_next(count, seed):
        clock[0] += 1.0
        count.cases += 1
        count.values += values[count.family.name]

    monkeypatch.setattr(session, "FAMILIES", [Family(name, ()) for name in values])
    monkeypatch.setattr(session, "_compare_next", compare_next)
    monkeypatch.setattr(session, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    counts, smallest = session._compare_families(0, 9)
    assert [count.cases for count in counts] == [4, 3, 3] and smallest is None
    clock[0] = 0
    counts, _ = session._compare_families(0, 100)
    assert [count.cases for count in counts] == [88, 10, 3]
    clock[0] = 0
    counts, _ = session._compare_families(0, 0)
    assert [count.cases for count in counts] == [1, 1, 1]


# Which kernel, its output's place among the arguments, and the families that show it.
FAULTS = {
    "conv2d": (3, CONVOLUTIONS),
    "conv2d_input_gradient": (2, CONVOLUTIONS),
    "conv2d_kernel_gradient": (2, CONVOLUTIONS),
    "dense": (3, ["dense"]),
    "dense_input_gradient": (2, ["dense"]),
    "dense_kernel_gradient": (3, ["dense"]),
    "max_pool2d": (1, ["max pooling"]),
    "max_pool2d_gradient": (2, ["max pooling"]),
    "average_pool2d": (1, ["average pooling"]),
    "average_pool2d_gradient": (1, ["average pooling"]),
    "exp": (1, ["exp, log, tanh, sigmoid"]),
    "log": (1, ["exp, log, tanh, sigmoid"]),
    "tanh": (1, ["exp, log, tanh, sigmoid", "relu, sigmoid, tanh with gradients"]),
    "relu_gradient": (2, ["relu, sigmoid, tanh with gradients"]),
    "softmax": (1, ["softmax"]),
    "softmax_gradient": (2, ["softmax"]),
    "clipped_relu": (1, ["ReLU6, leaky, clipped, hard sigmoid, hard SiLU"]),
    "gelu_gradient": (2, ["ELU, SELU, GELU, SiLU, Mish, softplus, softsign"]),
    "log_softmax_gradient": (2, ["softmax"]),
    "prelu": (2, ["PReLU"]),
    "prelu_input_gradient": (3, ["PReLU"]),
    "prelu_alpha_gradient": (2, ["PReLU"]),
    "binary_crossentropy": (2, ["losses"]),
    "softmax_crossentropy": (3, ["losses"]),
    "sgd": (2, ["optimizers"]),
    "adam": (3, ["optimizers"]),
    "nadam": (2, ["optimizers"]),
    "adamax": (3, ["optimizers"]),
    "adagrad": (0, ["optimizers"]),
    "adadelta": (3, ["optimizers"]),
    "rmsprop": (2, ["optimizers"]),
    "add_penalty_gradient": (1, ["optimizers"]),
    "orthonormalize": (0, ["optimizers"]),
    "add": (2, ["addition"]),
}


def first_difference(family, most=120):
    for number in range(most):
        case = draw_case(family, 0, number)
        expected = case.reference()
        for circumstance in circumstances(number):
            difference = compare(case, expected, circumstance)
            if difference.differing:
                return difference
    return None


@pytest.mark.parametrize("function, place, name", [(f, p, name) for f, (p, names) in FAULTS.items() for name in names])
def test_a_wrong_kernel_is_found(monkeypatch, function, place, name):
    spoil(monkeypatch, function, place)
    (family,) = (family for family in FAMILIES if family.name == name)
    difference = first_difference(family)
    assert difference is not None
    assert executed(snippet(difference))["differing"] == difference.differing


def test_a_wrong_sum_of_losses_is_found(monkeypatch):
    right = native.sum_losses
    monkeypatch.setattr(native, "sum_losses", lambda *arguments: np.nextafter(np.float32(right(*arguments)), np.inf))
    (family,) = (family for family in FAMILIES if family.name == "losses")
    assert first_difference(family).differing == 1


def test_a_kernel_that_raises_is_found(monkeypatch):
    def broken(*arguments):
        raise RuntimeError("broken")

    monkeypatch.setattr(native, "add", broken)
    difference = first_difference(ADDITION, 1)
    assert difference.differing == difference.values
    with pytest.raises(RuntimeError, match="broken"):
        executed(snippet(difference))


def test_a_wrong_kernel_makes_the_run_fail(monkeypatch, one_family):
    spoil(monkeypatch, "add", 2)
    same, texts = run()
    assert not same and families_in(texts)["addition"][3] >= 1
    assert "there are differences" in texts[-3] and "1 of 1 values differ" in texts[-2]
    assert executed(texts[-1])["differing"] == 1


def test_a_failing_case_is_made_small(monkeypatch):
    # On one instruction set, with several threads, from some size on, for one kind of settings.
    def condition(arguments):
        return (
            runtime.instruction_set() == runtime.supported_instruction_sets()[-1]
            and nativecnn.get_num_threads() > 1
            and arguments[3].size > 20
            and arguments[4][0] > 1
            and arguments[2] is not None
        )

    spoil(monkeypatch, "conv2d", 3, condition)
    family = FAMILIES[0]
    circumstance = Circumstance(runtime.supported_instruction_sets()[-1], 5)
    for number in range(100):
        case = draw_case(family, 0, number)
        difference = compare(case, case.reference(), circumstance)
        if difference.differing and difference.values > 1000:
            break
    found = shrink(difference, 20)
    settings = found.case.settings
    assert found.circumstance.threads == 2 and found.differing == 1
    arrays = found.case.arrays()
    assert arrays["x"].size < 100 and arrays["kernel"].size < 100
    assert settings["strides"] == (2, 1) and settings["bias"] and settings["dilation_rate"] == (1, 1)
    assert settings["layout"] == "contiguous" and settings["values"] == "plain"
    assert all(not array.any() for array in arrays.values() if array is not None)
    program = snippet(found)
    assert len(program.splitlines()) < 50
    assert executed(program)["differing"] == 1
    monkeypatch.undo()
    assert executed(program)["differing"] == 0


def test_values_that_matter_are_kept(monkeypatch):
    spoil(monkeypatch, "exp", 1, lambda arguments: (arguments[0] < -5).any())
    case = draw_case(FAMILIES[6], 0, 0)
    found = shrink(compare(case, case.reference(), Circumstance("generic", 3)), 20)
    (x,) = found.case.arrays().values()
    assert x.size == 1 and x.flat[0] < -5
    assert executed(snippet(found))["differing"] == 1


def test_a_case_that_does_not_differ_again_is_told_as_it_was(monkeypatch, one_family):
    broken = iter([True])
    spoil(monkeypatch, "add", 2, lambda arguments: next(broken, False))
    same, texts = run()
    assert not same and families_in(texts)["addition"][3] == 1
    assert "1 of" in texts[-2] and "did not differ again in 20 repetitions" in texts[-2]
    assert executed(texts[-1])["differing"] == 0


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_case_can_be_printed_as_a_program(family):
    last = Circumstance(runtime.supported_instruction_sets()[-1], 2)
    for number in range(2 * len(family.operations)):
        case = draw_case(family, 5, number)
        namespace = executed(snippet(compare(case, case.reference(), last)))
        assert namespace["differing"] == 0
        for array, (name, expected) in zip(namespace["inputs"].values(), case.arrays().items(), strict=True):
            assert (array is None) == (expected is None), name
            if array is not None:
                assert np.array_equal(np.asarray(array, expected.dtype), expected, equal_nan=expected.dtype.kind == "f")


def test_training_that_differs_is_told_with_a_program(monkeypatch, one_family):
    spoil(monkeypatch, "sgd", 0)
    same, texts = run()
    (place,) = (place for place, text in enumerate(texts) if "DIFFERENT WEIGHTS" in text)
    assert not same and texts[place].startswith("a short training on both backends")
    namespace = executed(texts[place + 1])
    assert namespace["found"] != namespace["expected"]
    monkeypatch.undo()
    namespace = executed(texts[place + 1])
    assert namespace["found"] == namespace["expected"]


def test_a_published_hash_that_does_not_come_out_is_told(monkeypatch, one_family):
    spoil(monkeypatch, "adam", 0)
    same, texts = run()
    (place,) = (place for place, text in enumerate(texts) if "DIFFERENT WEIGHTS" in text)
    assert not same and texts[place].startswith("the X-and-O net")
    namespace = executed(texts[place + 1])
    assert namespace["found"] != namespace["expected"]
