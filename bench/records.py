"""What a run of a benchmark found out, and its file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from timing import Spread


@dataclass
class PeerResult:
    """How a peer did at a case."""

    setting: str = ""
    """The fastest of its variants, which was timed."""
    seconds: float | None = None
    """Median; None where it was not timed."""
    ratio: Spread | None = None
    """Its seconds over ours, pair by pair."""
    difference: float | None = None
    """Of the results, relative to the largest of ours."""
    variants: dict[str, float | str] = field(default_factory=dict)
    """Seconds of all variants, quickly taken, or why one was not timed."""


@dataclass
class Record:
    """A case: a pass through a layer or a network."""

    group: str
    """File of layers, or network."""
    name: str
    text: str
    what: str
    """"forward", "backward", "inference" …"""
    samples: int
    count: int
    """How often the network has the layer."""
    multiply_adds: int
    """0 where they say nothing."""
    seconds: float
    """Our median."""
    limit: float
    """Multiply-adds a second that all threads could do, median."""
    share: float
    """Of the limit, median over neighbouring measurements."""
    peers: dict[str, PeerResult] = field(default_factory=dict)

    @property
    def gflops(self) -> float:
        """10⁹ floating-point operations a second, two for a multiply-add."""
        return 2e-9 * self.multiply_adds / self.seconds

    @property
    def best(self) -> float | None:
        """The least ratio of all peers: that of the best."""
        ratios = [peer.ratio.median for peer in self.peers.values() if peer.ratio]
        return min(ratios) if ratios else None


@dataclass
class Run:
    """All of a run."""

    machine: dict[str, Any]
    records: list[Record]


def write_run(run: Run, path: Path) -> None:
    """Write a run as JSON."""
    path.write_text(json.dumps(asdict(run), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_run(path: Path) -> Run:
    """Read what :func:`write_run` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    records = []
    for fields in content["records"]:
        peers = {}
        for name, peer in fields.pop("peers").items():
            spread = peer.pop("ratio")
            peers[name] = PeerResult(**peer, ratio=None if spread is None else Spread(*spread))
        records.append(Record(**fields, peers=peers))
    return Run(content["machine"], records)
