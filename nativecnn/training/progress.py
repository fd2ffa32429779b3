"""What training shows while it runs: a bar on a terminal, one plain line per epoch elsewhere."""

import importlib.util
import os
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

_SECONDS_BETWEEN_REFRESHES = 0.1


class Progress:
    """Shows the course of a training run.

    Parameters
    ----------
    epochs : int
        Number of the last epoch.
    samples : int or None
        Samples in an epoch, None where that is not known.
    verbose : int
        0 nothing; 1 a tqdm bar on standard error if that is a terminal and tqdm is installed (extra
        ``progress``), otherwise as 2; 2 one line per epoch on standard output.

    Raises
    ------
    ValueError
        Another value of ``verbose``.

    Examples
    --------
    >>> with Progress(epochs=1, samples=64, verbose=2) as progress:
    ...     progress.begin_epoch(0)
    ...     progress.update(64, {"loss": 0.5})
    ...     progress.end_epoch({"loss": 0.5})  # doctest: +SKIP
    Epoch 1/1 · 0.1 s · 640 images/s · loss 0.5000
    """

    def __init__(self, epochs: int, samples: int | None, verbose: int = 1) -> None:
        if verbose not in (0, 1, 2):
            raise ValueError(f"expected verbose to be 0, 1 or 2, got {verbose!r}")
        self.epochs = epochs
        self.samples = samples
        self._silent = verbose == 0
        self._bar_class = _tqdm_on_terminal() if verbose == 1 else None
        self._bar: Any = None
        self._title = ""
        self._begun_at = self._updated_at = self._shown_at = 0.0
        self._samples_before = self._samples_done = 0

    @property
    def shows_batches(self) -> bool:
        """Whether the values given to `update` are shown; if not, they need not be computed."""
        return self._bar_class is not None

    def begin_epoch(self, epoch: int, samples_done: int = 0) -> None:
        """Start an epoch, counted from 0, or go on with one of which some samples are done."""
        if self._silent:
            return
        self._title = f"Epoch {epoch + 1}/{self.epochs}"
        self._samples_before = self._samples_done = samples_done
        self._begun_at = self._updated_at = time.perf_counter()
        if self._bar_class is not None:
            self._bar = self._bar_class(
                total=self.samples,
                initial=samples_done,
                desc=self._title,
                unit=" images",
                dynamic_ncols=True,
                mininterval=_SECONDS_BETWEEN_REFRESHES,
            )

    def update(self, samples_done: int, values: Mapping[str, float] | None = None) -> None:
        """Tell how many samples of the epoch are done, with the epoch's values so far (loss, metrics)."""
        if self._silent:
            return
        now = self._updated_at = time.perf_counter()
        new = samples_done - self._samples_done
        self._samples_done = samples_done
        if self._bar is None:
            return
        # Formatting the values is the expensive part, so it waits until they can be seen.
        if now - self._shown_at >= _SECONDS_BETWEEN_REFRESHES:
            self._shown_at = now
            self._bar.set_postfix_str(", ".join(_formatted(values or {})), refresh=False)
        self._bar.update(new)

    def end_epoch(self, values: Mapping[str, float]) -> None:
        """Finish the epoch, complete or interrupted, with its values (validation's included)."""
        if self._silent:
            return
        if self._bar is not None:
            self._bar.set_postfix_str(", ".join(_formatted(values)), refresh=False)
            self.close()
            return
        if sys.stdout is None:
            return
        elapsed = time.perf_counter() - self._begun_at
        training = self._updated_at - self._begun_at
        parts = [self._title, f"{elapsed:.1f} s"]
        new = self._samples_done - self._samples_before
        if new and training > 0:
            parts.append(f"{new / training:,.0f} images/s")
        parts += _formatted(values)
        print(_separator(sys.stdout.encoding).join(parts), flush=True)

    def close(self) -> None:
        """Leave the bar as it is, if there is one; whatever is printed next begins on a line of its own."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _tqdm_on_terminal() -> Any:
    """Return tqdm's class if a bar can be shown, else None."""
    if sys.stderr is None or not sys.stderr.isatty() or importlib.util.find_spec("tqdm") is None:
        return None
    if _terminal_width() == 0:  # as in containers and under `script`; tqdm would draw nothing
        return None
    from tqdm import tqdm

    return tqdm


def _terminal_width() -> int | None:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns
    except OSError:
        return None


def _formatted(values: Mapping[str, float]) -> list[str]:
    return [f"{name} {value:.4f}" for name, value in values.items()]


def _separator(encoding: str | None) -> str:
    try:
        " · ".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return " | "
    return " · "
