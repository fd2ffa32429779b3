"""``python -m nativecnn verify``."""

from __future__ import annotations

import argparse
from typing import Any

from .messages import EXIT_DIFFERENT, EXIT_OK
from .options import natural_number, positive_number


def add_command(commands: Any) -> None:
    """Add the command to a parser's."""
    verify = commands.add_parser(
        "verify",
        help="check on this machine that all results have the bits they should have",
        description="Compare the native kernels with the reference, bit for bit, on random shapes and values of every "
        "operation, over instruction sets and numbers of threads; train briefly on both; check the published hashes.",
        epilog="The report counts the values that the reference computed, how many were compared with them (each "
        "instruction set computes a case with several numbers of threads), and how many of these differ in a bit. If "
        "any do, it ends with a small program that shows them, and the exit code is 1.",
    )
    verify.set_defaults(run=_verify)
    verify.add_argument("--seconds", type=positive_number, default=60.0, metavar="N", help="how long (%(default)g)")
    verify.add_argument("--seed", type=natural_number, default=0, metavar="N", help="chooses the cases (%(default)s)")
    verify.add_argument("--data", metavar="DIR", help="folder with MNIST's four idx files, for LeNet-5's hash")


def _verify(options: argparse.Namespace) -> int:
    from nativecnn.verify import verify  # what it brings is needed for nothing else

    return EXIT_OK if verify(options.seconds, options.seed, options.data) else EXIT_DIFFERENT
