import io
import re
import sys

import pytest

from nativecnn.training import progress as module
from nativecnn.training.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    def __init__(self, monkeypatch):
        self.now = 100.0
        monkeypatch.setattr(module.time, "perf_counter", lambda: self.now)


def train(progress, epochs=2, batches=4, batch_size=25):
    for epoch in range(epochs):
        progress.begin_epoch(epoch)
        for batch in range(batches):
            progress.update((batch + 1) * batch_size, {"loss": 1 / (batch + 1), "accuracy": batch / 8})
        progress.end_epoch({"loss": 0.25, "accuracy": 0.5, "val_loss": 1.5})


def error_terminal(monkeypatch):
    # Not a fixture: pytest sets its own stream again between a test's fixtures and the test.
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    return terminal


def test_silent_prints_nothing(capfd):
    train(Progress(2, 100, verbose=0))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("verbose", [1, 2])
def test_plain_line_per_epoch_where_there_is_no_terminal(capfd, verbose):
    progress = Progress(2, 100, verbose)
    train(progress)
    assert not progress.shows_batches
    out, err = capfd.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert len(lines) == 2
    for number, line in enumerate(lines, 1):
        assert re.fullmatch(
            rf"Epoch {number}/2 · \d+\.\d s · [\d,]+ images/s · "
            r"loss 0\.2500 · accuracy 0\.5000 · val_loss 1\.5000",
            line,
        )


def test_rate_is_of_training_and_time_of_the_whole_epoch(monkeypatch, capsys):
    clock = Clock(monkeypatch)
    progress = Progress(5, 60000, verbose=2)
    progress.begin_epoch(0)
    clock.now += 12
    progress.update(60000, {"loss": 0.1234})
    clock.now += 0.3  # validation
    progress.end_epoch({"loss": 0.1234})
    assert capsys.readouterr().out == "Epoch 1/5 · 12.3 s · 5,000 images/s · loss 0.1234\n"


def test_rate_is_of_what_was_done_now_where_an_epoch_goes_on(monkeypatch, capsys):
    clock = Clock(monkeypatch)
    progress = Progress(5, 60000, verbose=2)
    progress.begin_epoch(2, samples_done=50000)
    clock.now += 2
    progress.update(60000)
    progress.end_epoch({})
    assert capsys.readouterr().out == "Epoch 3/5 · 2.0 s · 5,000 images/s\n"


def test_interrupted_epoch_shows_the_rate_of_what_was_done(monkeypatch, capsys):
    clock = Clock(monkeypatch)
    progress = Progress(5, 1000, verbose=2)
    progress.begin_epoch(2)
    clock.now += 2
    progress.update(100, {"loss": 1.0})
    progress.end_epoch({"loss": 1.0})
    assert capsys.readouterr().out == "Epoch 3/5 · 2.0 s · 50 images/s · loss 1.0000\n"


def test_epoch_without_samples_shows_no_rate(capsys):
    progress = Progress(1, 0, verbose=2)
    progress.begin_epoch(0)
    progress.end_epoch({})
    assert capsys.readouterr().out == "Epoch 1/1 · 0.0 s\n"


def test_output_that_knows_ascii_alone_gets_ascii(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    train(Progress(1, 100, verbose=2), epochs=1)
    assert raw.getvalue().startswith(b"Epoch 1/1 | ")  # and it was flushed


def test_no_output_at_all_is_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    for verbose in (0, 1, 2):
        train(Progress(2, 100, verbose))


def test_bar_on_a_terminal_shows_values_and_rate(capsys, monkeypatch):
    pytest.importorskip("tqdm", reason="the bar is tqdm's (extra progress)")
    terminal = error_terminal(monkeypatch)
    progress = Progress(2, 100, verbose=1)
    assert progress.shows_batches
    train(progress)
    text = terminal.getvalue()
    assert capsys.readouterr().out == ""
    last = [line for line in re.split(r"[\r\n]", text) if line.strip()][-1]
    for part in (
        "Epoch 2/2",
        "100%",
        "100/100",
        "images/s",
        "loss 0.2500",
        "accuracy 0.5000",
        "val_loss 1.5000",
    ):
        assert part in last
    assert text.count("\n") == 2  # both bars stay


def test_bar_goes_on_within_an_epoch(monkeypatch):
    pytest.importorskip("tqdm", reason="the bar is tqdm's (extra progress)")
    terminal = error_terminal(monkeypatch)
    with Progress(1, 100, verbose=1) as progress:
        progress.begin_epoch(0, samples_done=75)
        progress.update(100)
        progress.end_epoch({})
    bars = [line for line in re.split(r"[\r\n]", terminal.getvalue()) if line.strip()]
    assert "75/100" in bars[0] and "100/100" in bars[-1]


def test_bar_is_refreshed_ten_times_a_second_not_at_every_batch(monkeypatch):
    pytest.importorskip("tqdm", reason="the bar is tqdm's (extra progress)")
    error_terminal(monkeypatch)
    formatted = []
    monkeypatch.setattr(module, "_formatted", lambda values: formatted.append(values) or [])
    clock = Clock(monkeypatch)
    with Progress(1, 1000, verbose=1) as progress:
        progress.begin_epoch(0)
        for batch in range(1000):
            clock.now += 0.001
            progress.update(batch + 1, {"loss": 1.0})
    assert 8 <= len(formatted) <= 12


def test_bar_is_left_whole_by_an_exception(monkeypatch):
    pytest.importorskip("tqdm", reason="the bar is tqdm's (extra progress)")
    terminal = error_terminal(monkeypatch)
    with pytest.raises(KeyboardInterrupt), Progress(1, 100, verbose=1) as progress:
        progress.begin_epoch(0)
        progress.update(50, {"loss": 1.0})
        raise KeyboardInterrupt
    assert terminal.getvalue().endswith("\n")


def test_plain_lines_on_a_terminal_when_asked_for(capsys, monkeypatch):
    terminal = error_terminal(monkeypatch)
    train(Progress(2, 100, verbose=2))
    assert terminal.getvalue() == ""
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_plain_lines_on_a_terminal_without_tqdm(capsys, monkeypatch):
    terminal = error_terminal(monkeypatch)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    train(Progress(2, 100, verbose=1))
    assert terminal.getvalue() == ""
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_plain_lines_on_a_terminal_without_a_width(monkeypatch, capsys):
    terminal = error_terminal(monkeypatch)
    monkeypatch.setattr(module, "_terminal_width", lambda: 0)
    train(Progress(2, 100, verbose=1))
    assert terminal.getvalue() == ""
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize("verbose", [3, -1, "yes", None])
def test_unknown_verbose_is_refused(verbose):
    with pytest.raises(ValueError, match="expected verbose to be 0, 1 or 2, got"):
        Progress(1, 100, verbose)
