"""The commands together: options in, exit code out.

Whatever a user can get wrong (an option, a path, a broken file, a missing extra) is told in one line on standard
error and ends with exit code 2; Ctrl-C ends with 130. ``verify`` ends with 1 where bits differ.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import nativecnn
from nativecnn._kernels.floating_point import contract_state
from nativecnn.formats import DataFileError, ModelFileError

from . import predict, train, verify
from .messages import EXIT_ERROR, EXIT_INTERRUPTED, EXIT_OK, PROGRAM, CommandError, InterruptionError, one_line, told


class _Parser(argparse.ArgumentParser):
    """Tells bad usage in one line."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_ERROR, f"{self.prog}: error: {message} (--help lists the options)\n")


@contract_state
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``python -m nativecnn``; the process's own by default.

    Returns
    -------
    int
        The exit code: 0 done, 1 different bits, 2 a told error, 130 interrupted.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except InterruptionError as interruption:
        return told(f"interrupted {interruption}", EXIT_INTERRUPTED)
    except KeyboardInterrupt:
        return told("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except (CommandError, DataFileError, ModelFileError, OSError, ImportError, MemoryError) as error:
        return told(f"error: {one_line(error)}", EXIT_ERROR)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=PROGRAM, description="Train and use convolutional networks on CPUs.")
    commands = parser.add_subparsers(metavar="command", required=True)
    for command in (train, predict, verify):
        command.add_command(commands)
    info = commands.add_parser(
        "info",
        help="print how nativecnn was built and what it uses on this machine",
        description="Print how nativecnn was built and what it uses on this machine.",
    )
    info.set_defaults(run=_info)
    return parser


def _info(options: argparse.Namespace) -> int:
    nativecnn.show_config()
    return EXIT_OK
