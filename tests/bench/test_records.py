import pytest

from records import PeerResult, Record, Run, read_run, write_run
from report import header, row, summary
from timing import Spread


def record(group, name, **ratios):
    peers = {
        peer: PeerResult("format", 2e-3, Spread(value, value / 2, value * 2), 1e-6, {"format": 2e-3, "other": "no"})
        for peer, value in ratios.items()
    }
    return Record(group, name, "1×2→3", "forward", 1, 4, 1_000_000, 1e-3, 2e9, 0.5, peers)


def test_a_run_survives_its_file(tmp_path):
    run = Run({"processor": "x", "threads": 2}, [record("a", "one", torch=2.0), record("a", "two")])
    run.records[0].peers["ncnn"] = PeerResult(variants={"format": "RuntimeError: –"})
    write_run(run, tmp_path / "run.json")
    assert read_run(tmp_path / "run.json") == run


def test_a_record_computes_its_rate_and_its_best_peer():
    assert record("a", "one").gflops == pytest.approx(2.0)
    assert record("a", "one").best is None
    assert record("a", "one", torch=2.0, ncnn=1.5).best == 1.5


def test_summary_gives_means_and_least_ratios():
    records = [record("a", "one", torch=2.0, ncnn=4.0), record("a", "two", torch=8.0, ncnn=1.0), record("b", "three")]
    lines = list(summary(records))
    assert lines[0].split()[-3:] == ["torch", "ncnn", "best"]
    for line in lines[1:]:
        assert "4.00 (2.00, one)" in line and "2.00 (1.00, two)" in line and "1.41 (1.00, two)" in line
    assert [line.split()[0] for line in lines[1:]] == ["a", "all"]


def test_layers_of_one_name_in_two_networks_both_count():
    *_, last = summary([record("a", "one", torch=2.0), record("b", "one", torch=8.0)])
    assert last.split()[:3] == ["all", "forward", "2"] and "4.00 (2.00, one)" in last


def test_rows_have_a_column_for_each_peer():
    text = row(record("a", "one", torch=2.0), ["torch", "ncnn"])
    assert "2.00 (1.00–4.00)" in text and "50.0%" in text and text.endswith("-")
    assert "torch ms" in header(["torch", "ncnn"]) and "ncnn ms" in header(["torch", "ncnn"])
    failed = record("a", "one")
    failed.peers["torch"] = PeerResult()
    assert row(failed, ["torch"]).endswith("failed")
