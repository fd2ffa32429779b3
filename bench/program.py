"""What the three programs have in common: their options, and what happens with the records."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from peers import PEERS, load
from plot import plot_run
from records import Record, Run, write_run
from report import header, row, summary

if TYPE_CHECKING:
    from compare import Comparer
    from engine import Engine
    from ours import Ours


def parser(description: str, peers: Iterable[str] = PEERS) -> argparse.ArgumentParser:
    """Return a parser with the options of all programs."""
    known = list(peers)
    result = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.set_defaults(known_peers=known)
    result.add_argument("--peers", default="", metavar="NAMES", help=f"of {', '.join(known)}, with commas between")
    result.add_argument("--threads", type=int, default=1, help="of every engine (default: 1)")
    result.add_argument("--repetitions", type=int, default=9, help="pairs of samples for each peer (default: 9)")
    result.add_argument("--instruction-set", help="of nativecnn, instead of the fastest")
    result.add_argument("--algorithm", choices=["auto", "direct", "winograd"], default="auto", help="of nativecnn")
    result.add_argument("--json", type=Path, metavar="FILE", help="write all figures and what they were measured on")
    result.add_argument("--plot", type=Path, metavar="FILE", help="draw the shares of the limit (needs matplotlib)")
    return result


def load_engines(options: argparse.Namespace) -> tuple[Ours, list[Engine]]:
    """Return our engine and the peers. The peers are imported first, so that a missing one is told at once.

    Raises
    ------
    SystemExit
        If there is none of a name, or it is not installed.
    """
    names = [name for name in options.peers.split(",") if name]
    for name in names:
        if name not in options.known_peers:
            raise SystemExit(f"--peers: expected names of {', '.join(options.known_peers)}, got {name!r}")
    try:
        peers = [load(name, options.threads) for name in names]
    except ImportError as error:
        raise SystemExit(str(error)) from None
    from nativecnn._kernels import runtime
    from ours import Ours

    try:
        if options.instruction_set:
            runtime.set_instruction_set(options.instruction_set, "--instruction-set")
        return Ours(options.threads, options.algorithm), peers
    except ValueError as error:
        raise SystemExit(str(error)) from None


def comparer(options: argparse.Namespace, tolerance: float) -> Comparer:
    """Return what compares cases."""
    from compare import Comparer
    from timing import Timer

    return Comparer(Timer(options.threads), options.threads, options.repetitions, tolerance)


def run(
    options: argparse.Namespace, ours: Ours, peers: list[Engine], comparer: Comparer, records: Iterable[Record]
) -> int:
    """Take the records one by one, print and write them; return the program's exit status."""
    from machine import describe_machine, headline

    machine = describe_machine([ours, *peers], options.threads)
    names = [peer.name for peer in peers]
    print(headline(machine))
    print(header(names))
    result = Run(machine, [])
    try:
        for record in records:
            result.records.append(record)
            print(row(record, names), flush=True)
    except KeyboardInterrupt:
        print("interrupted; what follows is of the cases so far", file=sys.stderr)
    if not result.records:
        raise SystemExit("expected cases to time, got none: nothing is selected")
    for line in summary(result.records):
        print(line)
    timer = comparer.timer
    machine |= {"samples": timer.samples, "interrupted_samples": timer.interrupted}
    if timer.interrupted:
        print(f"other programs took processors away during {timer.interrupted} of {timer.samples} samples")
    if options.json:
        write_run(result, options.json)
    if options.plot:
        plot_run(result, options.plot)
    return int(comparer.failed)
