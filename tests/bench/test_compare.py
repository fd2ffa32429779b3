import numpy as np
import pytest

from compare import Case, Comparer, WrongAnswerError, relative_difference
from engine import Prepared, Variant
from timing import Timer

CASE = Case("group", "layer", "1×2→3", "forward", 1, 6)


def variant(setting, result, error=None):
    def prepare():
        if error is not None:
            raise error
        return Prepared(lambda: None, lambda: [np.float32(result)])

    return Variant(setting, prepare)


def compare(*variants):
    comparer = Comparer(Timer(), threads=1, repetitions=1, tolerance=1e-3)
    record = comparer.compare(CASE, variant("", [1.0, 2.0]), {"peer": list(variants)})
    return comparer, record.peers.get("peer"), record


def test_a_right_answer_is_timed():
    comparer, peer, record = compare(variant("one", [1.0, 2.0005]))
    assert not comparer.failed
    assert peer.setting == "one" and peer.seconds > 0 and peer.ratio.median > 0
    assert peer.difference == pytest.approx(0.00025, rel=1e-2)
    assert record.best == peer.ratio.median


@pytest.mark.parametrize("answer", [[1.0, 2.1], [1.0, np.nan], [1.0, 2.0, 3.0]])
def test_a_wrong_answer_is_no_time(answer, capsys):
    comparer, peer, record = compare(variant("one", answer))
    assert comparer.failed
    assert peer.seconds is None and peer.ratio is None and record.best is None
    assert "WrongAnswerError: expected" in peer.variants["one"]
    assert "group layer, forward: peer (one): WrongAnswerError" in capsys.readouterr().err


def test_a_variant_that_cannot_run_is_told_and_another_taken(capsys):
    comparer, peer, _ = compare(variant("broken", 0, RuntimeError("no such layout")), variant("good", [1.0, 2.0]))
    assert comparer.failed and peer.setting == "good"
    assert peer.variants["broken"] == "RuntimeError: no such layout"
    assert "no such layout" in capsys.readouterr().err


def test_a_peer_that_cannot_do_a_pass_is_left_out():
    comparer, peer, record = compare()
    assert peer is None and not comparer.failed and record.seconds > 0 and record.share > 0


def test_differences_are_relative_to_each_array():
    ours = [np.float32([100.0, 1.0]), np.float32([0.01])]
    theirs = [np.float32([100.0, 2.0]), np.float32([0.0105])]
    assert relative_difference(ours, theirs) == pytest.approx(0.05, rel=1e-4)
    assert relative_difference([np.zeros(2)], [np.zeros(2)]) == 0
    with pytest.raises(WrongAnswerError, match="expected results of shape"):
        relative_difference([np.zeros(2)], [np.zeros(3)])
