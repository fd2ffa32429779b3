"""What every command tells the user, and with which exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence

EXIT_OK, EXIT_DIFFERENT, EXIT_ERROR, EXIT_INTERRUPTED = 0, 1, 2, 130
PROGRAM = "python -m nativecnn"


class CommandError(Exception):
    """What the user asked for cannot be done; the message is the line that says why."""


class InterruptionError(Exception):
    """Ctrl-C; the message says where it came."""


@contextlib.contextmanager
def interruptible(where: str) -> Iterator[None]:
    """Say where Ctrl-C came."""
    try:
        yield
    except KeyboardInterrupt:
        raise InterruptionError(where) from None


def one_line(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        text = f"{os.fsdecode(error.filename)}: {error.strerror}"
    else:
        text = str(error) or type(error).__name__
    return " ".join(text.split())


def tell(message: str) -> None:
    print(f"{PROGRAM}: {message}", file=sys.stderr, flush=True)


def told(message: str, exit_code: int) -> int:
    tell(message)
    return exit_code


def by(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))
