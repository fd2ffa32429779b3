"""Runs as tables: a line for each case, then what the cases give together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from records import PeerResult, Record
from timing import geometric_mean

BEST = "best"


def header(peers: Sequence[str]) -> str:
    """Return the names of the columns."""
    columns = "".join(f"  {name + ' ms':>14} {'ratio (min–max)':>18} {'setting':20}" for name in peers)
    return f"{'case':32} {'shape':28} {'pass':15} {'ms':>9} {'GFLOP/s':>8} {'limit':>6}{columns}".rstrip()


def row(record: Record, peers: Sequence[str]) -> str:
    """Return the line of a case."""
    work = f"{record.gflops:8.1f} {record.share:6.1%}" if record.multiply_adds else f"{'':8} {'':6}"
    columns = "".join(f"  {_peer(record.peers.get(name))}" for name in peers)
    case = f"{record.group} {record.name}".strip()
    line = f"{case:32} {record.text:28} {record.what:15} {record.seconds * 1e3:9.4f} {work}{columns}"
    return line.rstrip()


def summary(records: Sequence[Record]) -> Iterator[str]:
    """Yield the lines of the geometric means of the ratios: by group and pass, then of all cases by pass.

    The column "best" takes each case's least ratio, that of its fastest peer.
    """
    peers = list(dict.fromkeys(name for record in records for name in record.peers))
    if not peers:
        return
    columns = [*peers, BEST] if len(peers) > 1 else peers
    names = "".join(f"  {name:>30}" for name in columns)
    yield f"{'ratio: geometric mean (least, at)':32} {'pass':15} {'cases':>5}{names}"
    groups = list(dict.fromkeys(record.group for record in records))
    passes = list(dict.fromkeys(record.what for record in records))
    for group in [*groups, *(["all"] if len(groups) > 1 else [])]:
        for what in passes:
            chosen = [record for record in records if record.what == what and group in (record.group, "all")]
            if any(record.peers for record in chosen):
                cells = "".join(f"  {_mean(chosen, name):>30}" for name in columns)
                yield f"{group:32} {what:15} {len(chosen):5}{cells}".rstrip()


def ratio_to(record: Record, name: str) -> float | None:
    """Return the median ratio to a peer, or to the best; None where there is none."""
    if name == BEST:
        return record.best
    peer = record.peers.get(name)
    return peer.ratio.median if peer and peer.ratio else None


def _mean(records: Sequence[Record], name: str) -> str:
    ratios = [(value, record.name) for record in records if (value := ratio_to(record, name)) is not None]
    if not ratios:
        return "-"
    least, where = min(ratios)
    return f"{geometric_mean([value for value, _ in ratios]):.2f} ({least:.2f}, {where})"


def _peer(peer: PeerResult | None) -> str:
    if peer is None or peer.ratio is None:
        return f"{'-' if peer is None else 'failed':>14} {'':18} {'':20}"
    ratio = f"{peer.ratio.median:.2f} ({peer.ratio.minimum:.2f}–{peer.ratio.maximum:.2f})"
    return f"{peer.seconds * 1e3:14.4f} {ratio:>18} {peer.setting:20}"
